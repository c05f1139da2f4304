@image
Feature: What is in the image, and nothing else
  Anybody can check what the image is made of, and make the same image again.

  Scenario: The only programs are node and the dynamic loader
    When the root file system is taken out of the image
    Then its only programs are "/bin/node, /lib64/ld-linux-x86-64.so.2"
    And no file of it is a script that could be run
    And no file of it has a set-user-ID or set-group-ID bit

  Scenario: The bill of materials lists every file with its origin, licence and hash
    When the root file system is taken out of the image
    Then the bill of materials lists exactly its files, with their hashes
    And every package of the bill of materials has a version and a licence

  Scenario: Two builds give identical bytes
    When the image is built again from the same inputs
    Then both images have the same bytes

  Scenario Outline: As <format>, it is the same disk
    When the image is written as "<format>"
    Then an independent reader finds the same disk in it

    Examples:
      | format |
      | qcow2  |
      | vdi    |
      | vhdx   |
      | vmdk   |
      | ova    |
