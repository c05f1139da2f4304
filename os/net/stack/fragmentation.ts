/** Cutting packets that are too long for their way: RFC 791, section 3.2; RFC 8200, section 4.5. Only for what we send. */
import { isIpv4 } from '../wire/address.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { emitIpv4, ipv4Header } from '../wire/ipv4.ts';
import { emitFragment, emitIpv6, extensions, fragmentHeader, ipv6Header } from '../wire/ipv6.ts';
import type { MacAddress } from '../wire/mac.ts';
import { type Addressing, headerLength } from './packet.ts';

/** The longest payload that any packet can have: the length fields have 16 bits. */
export const longestPayload = (destination: Addressing['destination']): number =>
  65_535 - (isIpv4(destination) ? ipv4Header : 0);

/**
 * Sends `payload`, whose checksum is complete, in fragments of packets of at most `mtu` bytes.
 * @returns how many there were; the rest is lost when the link is full, and the packet with it
 */
export function sendFragments(
  addressing: Addressing,
  mac: MacAddress,
  payload: Uint8Array,
  mtu: number,
  identification: number,
): number {
  const { on, source, destination, protocol, options } = addressing;
  const version4 = isIpv4(destination);
  const overhead = headerLength(destination) + (version4 ? 0 : fragmentHeader);
  const size = Math.floor((mtu - overhead) / 8) * 8;
  const hopLimit = options?.hopLimit ?? on.hopLimitTo(destination);
  let count = 0;
  for (let offset = 0; offset < payload.length; offset += size) {
    const part = payload.subarray(offset, offset + size);
    const more = offset + size < payload.length;
    const room = on.link.reserve(ethernetHeader + overhead + part.length);
    if (room === undefined) return count;
    const ip = room.start + ethernetHeader;
    emitEthernet(room.bytes, room.start, mac, on.mac, version4 ? etherTypes.ipv4 : etherTypes.ipv6);
    if (version4) {
      emitIpv4(room.bytes, ip, {
        source,
        destination,
        protocol,
        hopLimit,
        identification: identification & 0xffff,
        dontFragment: false,
        moreFragments: more,
        fragmentOffset: offset,
        payloadLength: part.length,
      });
    } else {
      const payloadLength = fragmentHeader + part.length;
      emitIpv6(room.bytes, ip, { source, destination, nextHeader: extensions.fragment, hopLimit, payloadLength });
      emitFragment(room.bytes, ip + ipv6Header, { nextHeader: protocol, identification, offset, more });
    }
    room.bytes.set(part, ip + overhead);
    room.commit(ethernetHeader + overhead + part.length);
    count += 1;
  }
  return count;
}
