@console
Feature: The console answers
  A first, small shell, good enough to see that the machine lives.

  Background:
    Given a machine that is ready

  Scenario Outline: <command> answers
    When "<command>" is run
    Then it answers 200 with at least 1 value

    Examples:
      | command         |
      | help            |
      | services        |
      | log --limit 5   |
      | ls /            |
      | cat /etc/passwd |
      | free            |
      | ps              |
      | df              |
      | mount           |
      | uptime          |
      | uname           |

  Scenario: What does not exist is a 404 that names it
    When "cat /no/such/file" is run
    Then it answers 404 naming "/no/such/file"

  Scenario: The root file system cannot be written
    When "mount" is run
    Then "/" is mounted read-only as "erofs"

  @pictures
  Scenario: The screen has a console too
    When "help" and Enter are typed on its keyboard
    Then its screen changes
