@resilience
Feature: Boot never stops at what is broken
  Whatever state the settings and the data partition are in, the machine comes up, says what it found and what it did.

  Scenario: Settings that are not JSON
    Given the file "/panos.json" on its EFI system partition is:
      """
      {"hostname": "attic",
      """
    When it is powered on
    Then it is ready
    And its settings have a problem that matches "panos.json"
    And its host name is "panos"

  Scenario: One bad field does not spoil the others
    Given the file "/panos.json" on its EFI system partition is:
      """
      {"hostname": "attic", "log": {"diskBytes": "plenty"}}
      """
    When it is powered on
    Then it is ready
    And its settings have a problem that matches "diskBytes"
    And its host name is "attic"

  Scenario: A seed disk sets the machine up, and wins over the EFI system partition
    Given the file "/panos.json" on its EFI system partition is:
      """
      {"hostname": "attic"}
      """
    And the file "panos.json" on its seed is:
      """
      {"hostname": "cellar"}
      """
    When it is powered on
    Then it is ready
    And its host name is "cellar"

  Scenario: A full data partition
    Given a machine with the service "hoarder"
    When it is powered on
    And the serial line shows "hoarder: full"
    And it is ready
    And its power button is pressed
    And it is off within 20 s
    And it is powered on
    Then it is ready
    And "/data" is mounted from a disk as "ext4"

  Scenario: A data partition whose superblock was overwritten is repaired and loses nothing
    Given a machine with the service "writer" whose disk can be opened
    When it is powered on
    And the serial line shows "writer: fsynced 20"
    And its power button is pressed
    And it is off within 20 s
    And the first 4096 bytes of partition "panos-data" are overwritten with noise
    And it is powered on
    Then it is ready
    And the log has a warning that matches "superblock restored from the copy"
    And the serial line shows at least 20 records kept

  Scenario: A data partition that is beyond repair is made anew, and the old one is kept aside
    Given a machine whose disk can be opened
    And all of partition "panos-data" that is in use is overwritten with noise
    When it is powered on
    Then it is ready
    And "/data" is mounted from a disk as "ext4"
    And the log has a warning that matches "was made anew; the old one is kept in"
    And the folder "/data/rescue" holds what was left of the old one
