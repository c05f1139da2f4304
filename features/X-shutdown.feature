@shutdown
Feature: The machine shuts down in order
  Services stop in the reverse order of their start, each within its deadline; data is written; then the power goes.

  Scenario: The power button shuts it down cleanly
    Given a machine that is ready
    When its power button is pressed
    Then it is off within 10 s
    And the serial line shows "panos init: powering off"
    And its data partition was left clean

  Scenario: The command poweroff shuts it down cleanly
    Given a machine that is ready
    When "poweroff" is typed
    Then it is off within 10 s
    And its data partition was left clean

  Scenario: The command reboot brings it up again
    Given a machine that is ready
    When "reboot" is typed
    Then it reboots
    And it is ready

  Scenario: Ctrl+Alt+Delete reboots it
    Given a machine that is ready
    When "ControlLeft+AltLeft+Delete" is pressed on its keyboard
    Then it reboots
    And it is ready

  Scenario: A service that does not want to stop cannot hold the machine
    Given a machine with the service "stubborn"
    When it is powered on
    And it is ready
    And its power button is pressed
    Then it is off within 20 s
    And the serial line shows "stubborn did not stop within 3 s and is killed"
    And its data partition was left clean

  Scenario: Pressing the power button again does not confuse it
    Given a machine that is ready
    When its power button is pressed
    And its power button is pressed
    Then it is off within 10 s
    And its data partition was left clean
