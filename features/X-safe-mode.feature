@safe-mode
Feature: Safe mode
  A machine that a setting or a service has made unusable can be started with nothing but a console.

  Scenario: By a word on the kernel's command line
    Given a machine with the service "beacon"
    And its kernel's command line has the words "panos.safe"
    When it is powered on
    Then it says that it is in safe mode
    And the only service is "console"

  Scenario: By holding Shift while the BIOS starts it
    Given a machine of profile "q35-virtio-bios"
    When it is powered on with "ShiftLeft" held
    Then it says that it is in safe mode
    And the only service is "console"

  Scenario: By a setting on the EFI system partition
    Given the file "/panos.json" on its EFI system partition is:
      """
      {"safe": true}
      """
    When it is powered on
    Then it says that it is in safe mode
    And the only service is "console"
