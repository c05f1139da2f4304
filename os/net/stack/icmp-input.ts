/** What ICMP messages do: echo, errors for the transports, and neighbour discovery. RFC 792, RFC 4443, RFC 4861. */
import { type IcmpError, protocols } from '../socket/network.ts';
import { isIpv4 } from '../wire/address.ts';
import { fold, pseudoHeader, sum } from '../wire/checksum.ts';
import { type IcmpMessage, icmp4, icmp6, parseIcmp } from '../wire/icmp.ts';
import { parseQuoted, type Quoted, verdictOf } from './icmp-errors.ts';
import type { Inbound } from './inbound.ts';
import type { InputContext } from './input.ts';
import { answerMembershipQuery } from './membership.ts';
import { neighbourHopLimit } from './ndp.ts';

type Handler = (packet: Inbound, message: IcmpMessage) => void;

export class IcmpInput {
  readonly #context: InputContext;
  readonly #handlers4: ReadonlyMap<number, Handler>;
  readonly #handlers6: ReadonlyMap<number, Handler>;

  constructor(context: InputContext) {
    this.#context = context;
    const { echo, ndp, routers } = context;
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
      [icmp6.listenerQuery, (packet) => answerMembershipQuery(packet.on)],
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
    // Only what this host could have sent.
    if (quoted === undefined || verdict === undefined || !this.#context.output.owns(quoted.source)) return;
    if ('mtu' in verdict && !this.#lowerMtu(quoted, verdict.mtu)) return;
    const { source, destination, protocol, start, end } = quoted;
    const reason: IcmpError['reason'] = verdict.kind === 'too-big' ? { kind: 'too-big' } : verdict;
    const error: IcmpError = { source, destination, bytes: packet.bytes, start, end, reason };
    if (protocol === protocols.tcp) this.#context.tcp()?.error(error);
    else if (protocol === protocols.udp) this.#context.udp.error(error);
    else if (reason.kind !== 'too-big') this.#context.echo.receiveError(packet.bytes, start, packet.source, reason);
  }

  #lowerMtu({ destination, length }: Quoted, mtu: number): boolean {
    const { pathMtus, output } = this.#context;
    if (!pathMtus.lower(destination, mtu, length)) return false;
    output.invalidate();
    return true;
  }
}

/** RFC 4861: messages of neighbour discovery that have passed a router are forged. */
const local =
  (handler: Handler): Handler =>
  (packet, message) => {
    if (packet.hopLimit === neighbourHopLimit) handler(packet, message);
  };

function isIntact({ bytes, start, end, source, destination, protocol }: Inbound): boolean {
  const pseudo = protocol === protocols.icmp ? 0 : pseudoHeader(source, destination, protocol, end - start);
  return fold(sum(bytes, start, end, pseudo)) === 0xffff;
}
