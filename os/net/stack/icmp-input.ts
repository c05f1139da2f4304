/** What ICMP messages do: echo, errors for the transports, and neighbour discovery. RFC 792, RFC 4443, RFC 4861. */
import { type IcmpError, protocols } from '../socket/network.ts';
import { type Address, isIpv4 } from '../wire/address.ts';
import { fold, pseudoHeader, sum } from '../wire/checksum.ts';
import { type IcmpMessage, icmp4, icmp6, parseIcmp } from '../wire/icmp.ts';
import { parseQuoted, type Quoted, verdictOf } from './icmp-errors.ts';
import type { Inbound } from './inbound.ts';
import type { InputContext } from './input-context.ts';
import { neighbourHopLimit } from './ndp.ts';

/** A protocol above that errors are about. */
interface Concerned {
  recognises(error: IcmpError): boolean;
  error(error: IcmpError, from: Address): void;
}

type Handler = (packet: Inbound, message: IcmpMessage) => void;

export class IcmpInput {
  readonly #context: InputContext;
  readonly #handlers4: ReadonlyMap<number, Handler>;
  readonly #handlers6: ReadonlyMap<number, Handler>;

  constructor(context: InputContext) {
    this.#context = context;
    const { echo, ndp, routers, membership } = context;
    const error: Handler = (packet, message) => this.#error(packet, message);
    const answer: Handler = (packet, message) => echo.answer(packet, message);
    const reply: Handler = (packet, message) => echo.receiveReply(packet, message);
    // Redirects of IPv4 are passed over: they cannot be told from forged ones (RFC 6274, section 3.3.3).
    this.#handlers4 = new Map([
      [icmp4.echo, answer],
      [icmp4.echoReply, reply],
      [icmp4.unreachable, error],
      [icmp4.timeExceeded, error],
    ]);
    this.#handlers6 = new Map([
      [icmp6.echo, answer],
      [icmp6.echoReply, reply],
      [icmp6.unreachable, error],
      [icmp6.packetTooBig, error],
      [icmp6.timeExceeded, error],
      [icmp6.parameterProblem, error],
      [icmp6.listenerQuery, (packet, message) => membership.receiveQuery(packet, message)],
      [icmp6.routerAdvertisement, local((packet, message) => routers.receiveAdvertisement(packet, message))],
      [icmp6.neighbourSolicitation, local((packet, message) => ndp.receiveSolicitation(packet, message))],
      [icmp6.neighbourAdvertisement, local((packet, message) => ndp.receiveAdvertisement(packet, message))],
      [icmp6.redirect, local((packet, message) => routers.receiveRedirect(packet, message))],
    ]);
  }

  receive(packet: Inbound): void {
    const { counters } = this.#context;
    const version4 = isIpv4(packet.source);
    counters.icmp.received += 1;
    const message = parseIcmp(packet.bytes, packet.start, packet.end);
    // Each family has its own ICMP.
    if (message === undefined || version4 !== (packet.protocol === protocols.icmp) || !isIntact(packet)) {
      counters.icmp.badMessages += 1;
      return;
    }
    (version4 ? this.#handlers4 : this.#handlers6).get(message.type)?.(packet, message);
  }

  #error(packet: Inbound, message: IcmpMessage): void {
    const version = isIpv4(packet.source) ? 4 : 6;
    const quoted = parseQuoted(packet.bytes, message.start, message.end, version);
    const verdict = verdictOf(message, version);
    // Only what this host could have sent, and to it alone.
    if (quoted === undefined || verdict === undefined || packet.group) return;
    if (!this.#context.output.owns(quoted.source)) return;
    const { source, destination, start, end } = quoted;
    const reason: IcmpError['reason'] = verdict.kind === 'too-big' ? { kind: 'too-big' } : verdict;
    const error: IcmpError = { source, destination, bytes: packet.bytes, start, end, reason };
    const concerned = this.#concerned(quoted, version);
    if (concerned === undefined) return;
    if ('mtu' in verdict && !(concerned.recognises(error) && this.#lowerMtu(quoted, verdict.mtu))) return;
    concerned.error(error, packet.source);
  }

  /** Who sent what is quoted. */
  #concerned({ protocol }: Quoted, version: 4 | 6): Concerned | undefined {
    const { tcp, udp, echo } = this.#context;
    const layer = tcp();
    if (protocol === protocols.tcp && layer !== undefined) {
      return { recognises: (error) => layer.recognises?.(error) ?? true, error: (error) => layer.error(error) };
    }
    if (protocol === protocols.udp) return udp;
    return protocol === (version === 4 ? protocols.icmp : protocols.icmp6) ? echo : undefined;
  }

  /**
   * @returns whether what is quoted does not fit any more. Nobody off the path can bring this about: the transport has found
   * that the packet is on its way (RFC 5927, section 7.2), or else everybody could make all packets small.
   */
  #lowerMtu({ destination, length, mayFragment }: Quoted, mtu: number): boolean {
    const { pathMtus, output } = this.#context;
    if (mayFragment) return false;
    if (pathMtus.lower(destination, mtu, length)) output.invalidate();
    return pathMtus.get(destination, Number.POSITIVE_INFINITY) < length;
  }
}

/** Messages of neighbour discovery that have passed a router are forged (RFC 4861), and those in fragments too (RFC 6980). */
const local =
  (handler: Handler): Handler =>
  (packet, message) => {
    if (packet.hopLimit === neighbourHopLimit && !packet.fragmented) handler(packet, message);
  };

function isIntact({ bytes, start, end, source, destination, protocol }: Inbound): boolean {
  const pseudo = protocol === protocols.icmp ? 0 : pseudoHeader(source, destination, protocol, end - start);
  return fold(sum(bytes, start, end, pseudo)) === 0xffff;
}
