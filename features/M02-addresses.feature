@M02
Feature: M2 The network gives the machine its addresses, and it uses them
  Our own stack, against real servers: dnsmasq, radvd, unbound and nginx in network namespaces. Every frame that the
  machine sends is recorded, and a malformed one or one with a wrong checksum fails the scenario.

  Scenario Outline: Addresses by DHCP, router advertisement and DHCPv6, names and pages on <profile>
    Given a machine of profile "<profile>" on the lab's network
    And a DHCP server:
      | asks by ping before it offers | yes      |
      | DHCPv6                        | stateful |
    And a router that advertises:
      | addresses by DHCPv6 | yes |
    When it is powered on
    Then it is ready
    And "eth0" gets an address in "192.0.2.100 to 192.0.2.150" by "dhcp"
    And "eth0" gets an address in "2001:db8:1:" by "slaac"
    And "eth0" gets an address in "2001:db8:1::1" by "dhcp"
    And its route to "0.0.0.0/0" leads over "eth0"
    And its route to "::/0" leads over "eth0"
    And it resolves "web.lab.example A" to "192.0.2.80"
    And it resolves "web.lab.example AAAA" to "2001:db8:1::80"
    And it fetches "http://four.lab.example/page" as the web server has it
    And it fetches "http://six.lab.example/large" as the web server has it
    And it fetches "http://203.0.113.80/large" as the web server has it
    And it is answered when it pings "192.0.2.1"
    And it is answered when it pings "2001:db8:1::1"
    And the router can ping it on "lan0"

    Examples:
      | profile                 |
      | q35-virtio-bios         |
      | q35-ahci-e1000-uefi     |
      | q35-nvme-e1000e-uefi    |
      | q35-pvscsi-vmxnet3-bios |
      | i440fx-ide-pcnet-bios   |
      | i440fx-ide-rtl8139-bios |

  Scenario: A fixed IPv4 address
    Given a machine on the lab's network
    And its network settings are:
      """
      {
        "interfaces": {
          "eth0": {
            "ipv4": {"method": "static", "address": "192.0.2.10/24", "gateway": "192.0.2.1"},
            "ipv6": {"method": "off"}
          }
        },
        "nameServers": ["192.0.2.53"]
      }
      """
    When it is powered on
    Then "eth0" gets an address in "192.0.2.10 to 192.0.2.10" by "static"
    And it fetches "http://far.lab.example/page" as the web server has it
    And the router can ping it on "lan0"

  Scenario: A fixed IPv6 address
    Given a machine on the lab's network
    And its network settings are:
      """
      {
        "interfaces": {
          "eth0": {
            "ipv4": {"method": "off"},
            "ipv6": {"method": "static", "address": "2001:db8:1::10/64", "gateway": "2001:db8:1::1"}
          }
        },
        "nameServers": ["2001:db8:1::53"]
      }
      """
    When it is powered on
    Then "eth0" gets an address in "2001:db8:1::10" by "static"
    And it fetches "http://far.lab.example/page" as the web server has it
    And the router can ping it on "lan0"

  Scenario: A name that is another one's, and a long answer that comes by TCP
    Given a machine on the lab's network
    And a DHCP server
    When it is powered on
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And it resolves "chain.lab.example A" to "192.0.2.80"
    And it resolves "note.lab.example TXT" to "a short text"
    And its answer to "resolve big.lab.example TXT" holds at least 3000 characters

  Scenario: A lease is renewed in time
    Given a machine on the lab's network
    And a DHCP server:
      | for, in seconds           | 120 |
      | renewal after, in seconds | 5   |
    When it is powered on
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And the dhcp server comes to log "DHCPREQUEST" again
    And the dhcp server comes to log "DHCPACK" again
    And its lease comes to end later
    And its address by "dhcp" is still the same

  Scenario: The DHCP server is away for a while, and the address stays
    Given a machine on the lab's network
    And a DHCP server:
      | for, in seconds             | 120 |
      | renewal after, in seconds   | 5   |
      | rebinding after, in seconds | 20  |
    When it is powered on
    And "eth0" gets an address in "192.0.2." by "dhcp"
    And the DHCP server is stopped
    Then its lease comes to be "renewing"
    And its address by "dhcp" is still the same
    And it fetches "http://192.0.2.80/page" as the web server has it
    When the DHCP server is started again
    Then the dhcp server logs "DHCPACK"
    And its lease comes to be "bound"
    And its address by "dhcp" is still the same

  Scenario: The DHCP server takes an address back
    Given a machine on the lab's network
    And a DHCP server:
      | for, in seconds           | 120 |
      | renewal after, in seconds | 5   |
    When it is powered on
    And "eth0" gets an address in "192.0.2.100 to 192.0.2.150" by "dhcp"
    And the DHCP server forgets its leases and leases "192.0.2.200 to 192.0.2.210"
    Then the dhcp server logs "DHCPNAK"
    And "eth0" gets an address in "192.0.2.200 to 192.0.2.210" by "dhcp"
    And "eth0" has no address in "192.0.2.100 to 192.0.2.150"
    And it fetches "http://192.0.2.80/page" as the web server has it

  Scenario: Somebody has the address that the DHCP server offers
    Given a machine on the lab's network
    And another host that has the address "192.0.2.100"
    And a DHCP server:
      | leases | 192.0.2.100 to 192.0.2.101 |
    When it is powered on
    Then the dhcp server logs "DHCPDECLINE.* 192.0.2.100 "
    And "eth0" gets an address in "192.0.2.101 to 192.0.2.101" by "dhcp"
    And "eth0" has no address in "192.0.2.100 to 192.0.2.100"

  Scenario: Two DHCP servers
    Given a machine on the lab's network
    And a DHCP server
    And another DHCP server, which leases "192.0.2.200 to 192.0.2.210"
    When it is powered on
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And one of the two DHCP servers has leased it an address, and the other none
    And it fetches "http://192.0.2.80/page" as the web server has it

  Scenario: No DHCP server, until one appears
    Given a machine on the lab's network
    When it is powered on
    Then it is ready
    And "eth0" gets an address in "169.254." by "link-local"
    And the network daemon logs "169\.254\..* no DHCP server answers"
    When a DHCP server appears
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And "eth0" comes to have no address in "169.254."

  Scenario: The cable is pulled and put back
    Given a machine on the lab's network
    And a DHCP server
    When it is powered on
    And "eth0" gets an address in "192.0.2." by "dhcp"
    And the cable of network card 0 is pulled
    Then "eth0" has no carrier
    When the cable of network card 0 is put back
    Then "eth0" has a carrier
    And "eth0" gets an address in "192.0.2." by "dhcp"
    And it fetches "http://192.0.2.80/page" as the web server has it

  Scenario: A bad cable
    Given a machine on the lab's network
    And a cable that loses 10 % of the frames each way and delays them by 20 to 60 ms, drawn with seed 2026
    And a DHCP server
    And a router that advertises its prefix
    When it is powered on
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And "eth0" gets an address in "2001:db8:1:" by "slaac"
    And it resolves "web.lab.example A" to "192.0.2.80"
    And it fetches "http://192.0.2.80/large" as the web server has it
    And it fetches "http://[2001:db8:1::80]/page" as the web server has it

  Scenario: Two network cards on two networks
    Given a machine on the lab's network
    And a second network card on another network
    And a DHCP server
    And a DHCP server on the other network:
      | names a router | no |
    And a router that advertises its prefix
    And a router on the other network that advertises:
      | is a default router | no |
    When it is powered on
    Then "card 0" gets an address in "192.0.2." by "dhcp"
    And "card 1" gets an address in "198.51.100." by "dhcp"
    And "card 0" gets an address in "2001:db8:1:" by "slaac"
    And "card 1" gets an address in "2001:db8:2:" by "slaac"
    And its only route to "0.0.0.0/0" leads over "card 0"
    And its only route to "::/0" leads over "card 0"
    And its route to "198.51.100.0/24" leads over "card 1"
    And it is answered when it pings "198.51.100.1"
    And it is answered when it pings "2001:db8:2::1"
    And it fetches "http://203.0.113.80/page" as the web server has it
    And the router can ping it on "lan0"
    And the router can ping it on "lan1"

  Scenario: The router names the name server
    Given a machine on the lab's network
    And a router that advertises its prefix
    And its network settings are:
      """
      {"interfaces": {"eth0": {"ipv4": {"method": "off"}}}}
      """
    When it is powered on
    Then "eth0" gets an address in "2001:db8:1:" by "slaac"
    And it fetches "http://web.lab.example/page" as the web server has it

  Scenario: DHCPv6 names the name server, and nothing else
    Given a machine on the lab's network
    And a DHCP server:
      | DHCPv6 | stateless |
    And a router that advertises:
      | information by DHCPv6 | yes |
      | name server           | no  |
    And its network settings are:
      """
      {"interfaces": {"eth0": {"ipv4": {"method": "off"}}}}
      """
    When it is powered on
    Then "eth0" gets an address in "2001:db8:1:" by "slaac"
    And the dhcp server logs "DHCPINFORMATION-REQUEST"
    And it fetches "http://web.lab.example/page" as the web server has it

  @net-restart
  Scenario: A killed network daemon is back with the same addresses
    Given a machine on the lab's network
    And a DHCP server
    And a router that advertises its prefix
    When it is powered on
    And it is ready
    And "eth0" gets an address in "192.0.2." by "dhcp"
    And "eth0" gets an address in "2001:db8:1:" by "slaac"
    And the network daemon is killed
    Then it has the same addresses again
    And it fetches "http://192.0.2.80/page" as the web server has it

  Scenario: A clock that is hours slow is set by a time server
    Given a machine on the lab's network
    And its clock is 7 hours slow
    And a time server
    And a DHCP server:
      | names a time server | yes |
    When it is powered on
    Then the time server logs "told 192.0.2."
    And its clock comes to be right within 2 s

  Scenario: The kernel's stack instead of ours
    Given a machine on the lab's network
    And a DHCP server
    And a router that advertises its prefix
    And its network settings are:
      """
      {"stack": "kernel"}
      """
    When it is powered on
    Then "eth0" gets an address in "192.0.2." by "dhcp"
    And "eth0" gets an address in "2001:db8:1:" by "slaac"
    And it fetches "http://four.lab.example/large" as the web server has it
    And it fetches "http://six.lab.example/large" as the web server has it
    And the router can ping it on "lan0"

  Scenario: The hypervisor's own network, as on a developer's machine
    Given a machine of profile "q35-virtio-bios"
    When it is powered on
    Then it is ready
    And "eth0" gets an address in "10.0.2.15 to 10.0.2.15" by "dhcp"
    And it is answered when it pings "10.0.2.2"
