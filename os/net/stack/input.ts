import type { FrameInfo } from '../link/link.ts';
import { protocols } from '../socket/network.ts';
import { type Address, allNodes, isIpv4, isLoopback, isMulticast, isUnspecified, unmapped } from '../wire/address.ts';
import { u16 } from '../wire/bytes.ts';
import { ethernetHeader, etherType, etherTypes } from '../wire/ethernet.ts';
import { icmp4, icmp6, unreachable4 } from '../wire/icmp.ts';
import { emitIpv4, type Ipv4Packet, ipv4Header, parseIpv4 } from '../wire/ipv4.ts';
import { emitIpv6, type Fragment, fragmentHeader, ipv6Header, parseIpv6, walkExtensions } from '../wire/ipv6.ts';
import { isGroupMac, readMac } from '../wire/mac.ts';
import { receiveArp } from './arp.ts';
import type { Counters } from './counters.ts';
import { IcmpErrors, portUnreachable } from './icmp-errors.ts';
import { IcmpInput } from './icmp-input.ts';
import type { Inbound } from './inbound.ts';
import type { InputContext } from './input-context.ts';
import type { Interface } from './interface.ts';
import { isBroadcast } from './output.ts';
import type { Addressing } from './packet.ts';
import { Reassembly } from './reassembly.ts';

/** Packets to ourselves that wait for their turn, at most. */
const mostLooped = 1024;

export class Input {
  readonly #context: InputContext;
  readonly #counters: Counters;
  readonly #reassembly: Reassembly;
  readonly #errors: IcmpErrors;
  readonly #icmp: IcmpInput;
  readonly #anyAddress = new Map<Interface, number>();
  readonly #looped: { addressing: Addressing; payload: Uint8Array }[] = [];
  readonly #loopTurn;

  constructor(context: InputContext) {
    const { clock, counters, output } = context;
    this.#context = context;
    this.#counters = counters;
    this.#reassembly = new Reassembly(clock, () => {
      counters.ip.reassemblyFailed += 1;
    });
    this.#errors = new IcmpErrors(output, counters, clock);
    this.#icmp = new IcmpInput(context);
    this.#loopTurn = clock.timer(() => this.#deliverLooped());
  }

  acceptAnyAddress(on: Interface, port: number | undefined): void {
    if (port === undefined) this.#anyAddress.delete(on);
    else this.#anyAddress.set(on, port);
  }

  /** A frame of `on`, in the link's memory. */
  receive(on: Interface, bytes: Uint8Array, start: number, end: number, info: FrameInfo): void {
    const type = etherType(bytes, start, end);
    if (type === undefined) {
      on.receivedErrors += 1;
      return;
    }
    const to = readMac(bytes, start);
    const group = isGroupMac(to);
    if (!group && to !== on.mac) return;
    const payload = start + ethernetHeader;
    const verified = info.checksum === 'verified';
    if (type === etherTypes.ipv4 && on.ipv4) this.#receive4(on, bytes, payload, end, group, verified);
    else if (type === etherTypes.ipv6 && on.ipv6) this.#receive6(on, bytes, payload, end, group, verified);
    else if (type === etherTypes.arp && on.ipv4 && !on.configurationOnly) receiveArp(on, bytes, payload, end);
  }

  /** A packet of this host for itself. It arrives a turn later, as from a link: no layer is entered twice. */
  loopBack(addressing: Addressing, payload: Uint8Array): void {
    if (this.#looped.length >= mostLooped) return;
    this.#looped.push({ addressing, payload });
    this.#loopTurn.setIn(0);
  }

  #deliverLooped(): void {
    for (const { addressing, payload } of this.#looped.splice(0)) {
      const whole = this.#rebuild(addressing, payload, addressing.options?.hopLimit ?? 64);
      this.#deliver({
        ...whole,
        on: addressing.on,
        interface: addressing.on.name,
        group: false,
        checksumVerified: true,
        fragmented: false,
      });
    }
    this.#context.tcp()?.batchEnd();
  }

  /** A payload with an IP header in front, so that it looks like one that came in one piece. */
  #rebuild(
    { source, destination, protocol }: Omit<Addressing, 'on' | 'options'>,
    payload: Uint8Array,
    hopLimit: number,
  ) {
    const header = isIpv4(destination) ? ipv4Header : ipv6Header;
    const bytes = new Uint8Array(header + payload.length);
    const payloadLength = payload.length;
    if (isIpv4(destination)) {
      const fields = { source, destination, protocol, hopLimit, identification: 0, dontFragment: false, payloadLength };
      emitIpv4(bytes, 0, fields);
    } else emitIpv6(bytes, 0, { source, destination, nextHeader: protocol, hopLimit, payloadLength });
    bytes.set(payload, header);
    return { source, destination, protocol, hopLimit, bytes, header: 0, start: header, end: bytes.length };
  }

  #receive4(
    on: Interface,
    bytes: Uint8Array,
    start: number,
    end: number,
    groupFrame: boolean,
    verified: boolean,
  ): void {
    this.#counters.ip.received += 1;
    const packet = parseIpv4(bytes, start, end);
    if (packet === undefined || !isHonestSource(on, packet.source) || isBroadcast(on, packet.source)) {
      this.#counters.ip.badHeaders += 1;
      return;
    }
    const { source, destination, protocol, hopLimit } = packet;
    const toGroup = isMulticast(destination) ? on.inGroup(destination) : isBroadcast(on, destination);
    if (on.configurationOnly && !this.#takesAny(on, bytes, packet)) return;
    // RFC 1122, section 3.3.6: what everybody got in a frame, but is for one, is a trick.
    const ours = toGroup || (!groupFrame && on.addresses.owns(destination));
    if (!ours && !this.#takesAny(on, bytes, packet)) {
      this.#counters.ip.notOurs += 1;
      return;
    }
    const group = groupFrame || toGroup;
    const whole = isWhole(packet);
    const common = {
      source,
      destination,
      protocol,
      hopLimit,
      group,
      on,
      interface: on.name,
      bytes,
      header: start,
      start: packet.start,
      end: packet.end,
      checksumVerified: verified && whole,
      fragmented: !whole,
    };
    if (whole) {
      this.#deliver(common);
      return;
    }
    this.#counters.ip.fragmentsReceived += 1;
    // Protocol and identification in two units more: the key of one packet's fragments (RFC 791).
    const key = source + destination + String.fromCharCode(packet.identification, protocol);
    const { fragmentOffset: offset, moreFragments: more, start: from, end: to } = packet;
    this.#assemble({ key, offset, more, bytes, start: from, end: to }, common);
  }

  #receive6(
    on: Interface,
    bytes: Uint8Array,
    start: number,
    end: number,
    groupFrame: boolean,
    verified: boolean,
  ): void {
    this.#counters.ip.received += 1;
    const packet = parseIpv6(bytes, start, end);
    if (packet === undefined || !isHonestSource(on, packet.source)) {
      this.#counters.ip.badHeaders += 1;
      return;
    }
    const { source, destination, hopLimit, nextHeader } = packet;
    const toGroup = isMulticast(destination);
    if (toGroup ? destination !== allNodes && !on.inGroup(destination) : !on.addresses.owns(destination)) {
      this.#counters.ip.notOurs += 1;
      return;
    }
    const envelope = {
      source,
      destination,
      hopLimit,
      group: groupFrame || toGroup,
      on,
      interface: on.name,
      bytes,
      header: start,
      end: packet.end,
      checksumVerified: verified,
      fragmented: false,
    };
    this.#climb(envelope, nextHeader, packet.start);
  }

  /** Over the extension headers to what is behind them. `behind`: where the value stands that names the first, after a fragment header. */
  #climb(envelope: Envelope, first: number, start: number, behind?: number): void {
    const upper = walkExtensions(walkOf(envelope, behind), first, start);
    if (upper.kind === 'payload') {
      this.#deliver({ ...envelope, protocol: upper.protocol, start: upper.start }, upper.pointer);
    } else if (upper.kind === 'fragment' && behind === undefined) this.#fragment6(envelope, upper.fragment);
    else if (upper.kind === 'problem') {
      const { code, pointer } = upper;
      this.#errors.send({ ...envelope, protocol: first, start }, { type: icmp6.parameterProblem, code, rest: pointer });
    } else this.#counters.ip.badHeaders += 1;
  }

  #fragment6(envelope: Envelope, fragment: Fragment): void {
    this.#counters.ip.fragmentsReceived += 1;
    const { nextHeader, start, identification, offset, more } = fragment;
    const { source, destination, bytes, end } = envelope;
    const named = start - fragmentHeader;
    // RFC 6946: a fragment that is the whole packet has nothing to do with others.
    if (offset === 0 && !more) {
      this.#climb({ ...envelope, checksumVerified: false, fragmented: true }, nextHeader, start, named);
      return;
    }
    // RFC 8200, section 4.5: parts are multiples of eight bytes, and the sum is no longer than a packet. RFC 7112: all headers
    // are in the first part, or filters could be passed by.
    const odd = more && (end - start) % 8 !== 0;
    if (odd || offset + end - start > 65_535 || (offset === 0 && !hasAllHeaders(envelope, fragment))) {
      const [code, rest] = odd ? [0, 4] : offset > 0 ? [0, named + 2 - envelope.header] : [3, 0];
      this.#errors.send({ ...envelope, protocol: nextHeader, start }, { type: icmp6.parameterProblem, code, rest });
      return;
    }
    const key = source + destination + String.fromCharCode(identification >>> 16, identification & 0xffff);
    this.#assemble({ key, offset, more, bytes, start, end }, { ...envelope, protocol: nextHeader });
  }

  #assemble(part: Parameters<Reassembly['add']>[0], last: Envelope & { readonly protocol: number }): void {
    const whole = this.#reassembly.add(part);
    if (whole === 'failed') this.#counters.ip.reassemblyFailed += 1;
    if (typeof whole === 'string') return;
    this.#counters.ip.reassembled += 1;
    const packet = { ...last, ...this.#rebuild(last, whole, last.hopLimit), checksumVerified: false, fragmented: true };
    // RFC 8200, section 4.1: options for the destination may stand in what was cut.
    if (isIpv4(last.source)) this.#deliver(packet);
    else this.#climb(packet, last.protocol, packet.start, packet.header + 6);
  }

  /** To the protocol that it is for. */
  #deliver(packet: Inbound, pointer = 6): void {
    switch (packet.protocol) {
      case protocols.tcp:
        this.#context.tcp()?.receive(packet);
        return;
      case protocols.udp:
        if (!this.#context.udp.receive(packet))
          this.#errors.send(packet, portUnreachable[isIpv4(packet.source) ? 4 : 6]);
        return;
      case protocols.icmp:
      case protocols.icmp6:
        this.#icmp.receive(packet);
        return;
      default:
        this.#counters.ip.unknownProtocols += 1;
        this.#errors.send(
          packet,
          isIpv4(packet.source)
            ? { type: icmp4.unreachable, code: unreachable4.protocol }
            : { type: icmp6.parameterProblem, code: 1, rest: pointer },
        );
    }
  }

  /** RFC 2131, section 4.1: an offer may be sent to the address that it offers. */
  #takesAny(on: Interface, bytes: Uint8Array, packet: Ipv4Packet): boolean {
    const port = this.#anyAddress.get(on);
    const { protocol, start, end } = packet;
    return port !== undefined && protocol === protocols.udp && isWhole(packet) && portIs(port, bytes, start, end);
  }
}

type Envelope = Omit<Inbound, 'protocol' | 'start'>;

const isWhole = ({ moreFragments, fragmentOffset }: Ipv4Packet): boolean => !moreFragments && fragmentOffset === 0;

const portIs = (port: number, bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= 8 && u16(bytes, start + 2) === port;

const walkOf = ({ bytes, header, end, destination }: Envelope, behindFragment: number | undefined) => ({
  bytes,
  packet: header,
  end,
  multicast: isMulticast(destination),
  ...(behindFragment !== undefined && { behindFragment }),
});

/** Bytes of the headers of transports. */
const transportHeaders: Readonly<Record<number, number>> = {
  [protocols.tcp]: 20,
  [protocols.udp]: 8,
  [protocols.icmp6]: 8,
};

/** RFC 7112: whether the first part of a packet has everything up to the transport's header. */
function hasAllHeaders(envelope: Envelope, { nextHeader, start }: Fragment): boolean {
  const upper = walkExtensions(walkOf(envelope, start - fragmentHeader), nextHeader, start);
  // What is wrong with them will be seen in the whole.
  if (upper.kind !== 'payload') return upper.kind === 'problem';
  return envelope.end - upper.start >= (transportHeaders[upper.protocol] ?? 0);
}

/**
 * RFC 1122, section 3.2.1.3: what no packet comes from, IPv6's form of IPv4 addresses included; and nobody but us sends from
 * our own addresses, once they are proved to be ours: until then it is how their owner tells us.
 */
function isHonestSource(on: Interface, source: Address): boolean {
  if (isMulticast(source) || isLoopback(source) || unmapped(source) !== source) return false;
  if (isIpv4(source) && source.charCodeAt(0) < 0x0100 && !isUnspecified(source)) return false;
  const own = on.addresses.get(source);
  return own === undefined || own.state === 'tentative' || own.state === 'duplicate';
}
