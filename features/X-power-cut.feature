@power-cut
Feature: A power cut costs nothing that was written down
  The plug is pulled while a service writes and flushes, at moments drawn from a seed. The machine always boots again, and
  every record that fsync acknowledged is there. The disk is a hard one: of what was written since the last flush, a part
  drawn from the seed never reached it.

  @evidence
  Scenario: 20 power cuts while it writes
    Given a machine with the service "writer"
    And its disk has a cache that forgets what was not flushed
    When its power is cut 20 times while it writes, at moments drawn with seed 2026
    Then it came up every time
    And no acknowledged record was lost
