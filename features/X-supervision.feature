@supervision
Feature: Services are watched, limited and brought back
  PID 1 restarts what dies, gives up visibly on what always dies, and keeps the greedy inside their limits.

  Scenario: A killed service is back within 2 seconds
    Given a machine with the service "beacon"
    When it is powered on
    And it is ready
    And process of service "beacon" is killed with "KILL"
    Then service "beacon" is ready again within 2 s, as another process
    And a crash report of "beacon" names "SIGKILL"

  Scenario: The console itself comes back
    Given a machine that is ready
    When process of service "console" is killed with "KILL"
    Then the console prompts again
    And service "console" is ready

  Scenario: A service that always dies ends in a visible failed state
    Given a machine with the service "mortal"
    When it is powered on
    Then service "mortal" is failed
    And the log has an error that matches "mortal"
    And service "console" is ready

  Scenario: A service that was given up starts again when a person asks
    Given a machine with the service "mortal"
    When it is powered on
    And service "mortal" is failed
    And "services start mortal" is run
    Then service "mortal" fails again

  Scenario: A service that eats memory is stopped at its own limit, and nothing else suffers
    Given a machine with the service "glutton" and 96 MiB
    When it is powered on
    Then the log comes to have a message that matches "glutton .*memory limit"
    And service "console" is ready
    And the console has not been restarted

  Scenario: A service that breeds processes is held at its limit
    Given a machine with the service "breeder" and 12 processes
    When it is powered on
    Then the serial line shows "breeder: could not start more than"
    And service "console" is ready

  Scenario: Orphans do not stay as zombies
    Given a machine with the service "forsaker"
    When it is powered on
    Then the serial line shows "forsaker: 20 grandchildren left behind"
    And no process stays a zombie
