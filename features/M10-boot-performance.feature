@M10
Feature: M10 From power-on to a usable machine in seconds
  How long it takes is measured by "./panos bench boot", beside the same figure for Debian with systemd. Here the order
  of events and the record of their times are held.

  @evidence
  Scenario: PID 1 speaks before any service, and the machine says when all are up
    Given a machine
    When it is powered on
    Then the serial line shows "is starting" before "ready: all services are up"
    And it is ready
    And the log tells when "console" became ready
    And the times from power-on are kept with the report
