import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseArp } from './arp.ts';
import { parseDhcp4 } from './dhcp4.ts';
import { parseDhcp6 } from './dhcp6.ts';
import { parseDnsMessage } from './dns/message.ts';
import { parseIcmp } from './icmp.ts';
import { parseIpv4 } from './ipv4.ts';
import { behindExtensions, parseIpv6, walkExtensions } from './ipv6.ts';
import { parseNeighbourAdvertisement, parseRedirect, parseRouterAdvertisement } from './ndp.ts';
import { parseUdp } from './udp.ts';

type Reader = (bytes: Uint8Array, start: number, end: number) => unknown;

const message = (start: number, end: number) => ({ type: 0, code: 0, rest: 0, start, end });

/** Everything that is read from the link's memory, where other frames lie around; and what gets a copy of its own. */
const readers: Readonly<Record<string, Reader>> = {
  arp: parseArp,
  ipv4: parseIpv4,
  ipv6: parseIpv6,
  icmp: parseIcmp,
  udp: parseUdp,
  extensions: (bytes, start, end) => walkExtensions({ bytes, packet: start, end, multicast: false }, 60, start),
  'what is behind extensions': (bytes, start, end) => {
    const found = behindExtensions(bytes, 60, start, end);
    return found.start <= end ? found : 'beyond';
  },
  'router advertisement': (bytes, start, end) => parseRouterAdvertisement(bytes, message(start, end)),
  'neighbour advertisement': (bytes, start, end) => parseNeighbourAdvertisement(bytes, message(start, end)),
  redirect: (bytes, start, end) => parseRedirect(bytes, message(start, end)),
  dhcp4: (bytes, start, end) => parseDhcp4(bytes.subarray(start, end)),
  dhcp6: (bytes, start, end) => parseDhcp6(bytes.subarray(start, end)),
  dns: (bytes, start, end) => parseDnsMessage(bytes.subarray(start, end)),
};

/** Headers that are likely to go on, and small lengths. */
const likely = fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 5, 0x45, 0x60, 60, 44, 43, 17, 24, 25, 31), fc.nat(255));

it.each(Object.entries(readers))('%s: what lies around a message does not matter', (_, read) => {
  fc.assert(
    fc.property(fc.array(likely, { maxLength: 120 }), (content) => {
      const results = [0x00, 0xff, 0x3c].map((around) => {
        const memory = new Uint8Array(16 + content.length + 300).fill(around);
        memory.set(content, 16);
        return read(memory, 16, 16 + content.length);
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    }),
    { numRuns: 1500 },
  );
});
