@M01
Feature: M1 The image boots on each hypervisor
  One disk image starts on every machine of vm-matrix, by UEFI and by BIOS, whatever its disk bus and network card.
  Hypervisors that cannot run here are skipped with the reason; their hardware is proved in QEMU profiles.

  @pictures
  Scenario Outline: It boots on <profile>
    Given a machine of profile "<profile>"
    When it is powered on
    Then it is ready
    And service "console" is ready
    And "/data" is mounted from a disk as "ext4"
    And "/boot" is mounted from a disk as "vfat"
    And it has a network interface
    And its screen shows something

    Examples: QEMU machines
      | profile                  |
      | q35-virtio-bios          |
      | q35-virtio-uefi          |
      | q35-virtio-scsi-uefi     |
      | q35-ahci-e1000-uefi      |
      | q35-pvscsi-vmxnet3-bios  |
      | q35-nvme-e1000e-uefi     |
      | i440fx-ide-pcnet-bios    |
      | i440fx-ide-tulip-bios    |
      | i440fx-ide-rtl8139-bios  |

    @hypervisors
    Examples: Other hypervisors
      | profile     |
      | virtualbox  |
      | hyperv-gen1 |
      | hyperv-gen2 |
      | vmware      |

  Scenario: Its optical disc boots without touching a disk, by BIOS
    Given a machine of profile "q35-virtio-bios" that starts from the optical disc
    When it is powered on
    Then it is ready
    And the log has a warning that matches "no data partition"

  Scenario: Its optical disc boots without touching a disk, by UEFI
    Given a machine of profile "q35-virtio-uefi" that starts from the optical disc
    When it is powered on
    Then it is ready
    And the log has a warning that matches "no data partition"
