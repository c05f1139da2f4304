/** Echo requests and their replies: RFC 792, RFC 1122, section 3.2.2.6, and RFC 4443, section 4. */
import type { Clock } from '../environment/clock.ts';
import { below, type Random } from '../environment/random.ts';
import type { EchoReply, EchoSession } from '../socket/echo-contract.ts';
import { type IcmpError, isPath, type Path, protocols, type Unreachable } from '../socket/network.ts';
import { type Address, isIpv4, isLinkLocal, isMulticast } from '../wire/address.ts';
import { u32 } from '../wire/bytes.ts';
import {
  echoOf,
  echoRest,
  emitIcmp,
  type IcmpMessage,
  icmp4,
  icmp6,
  icmpChecksumOffset,
  icmpHeader,
} from '../wire/icmp.ts';
import type { Inbound } from './inbound.ts';
import type { Output } from './output.ts';

/** Sessions of this host, so that one that leaks them harms nobody else. */
const mostSessions = 1024;
/** Requests of a session that may be under way. */
const mostPending = 1024;

interface Session {
  readonly destination: Address;
  readonly identifier: number;
  /** Sequence number → when it was sent. */
  readonly pending: Map<number, number>;
  readonly tell: (reply: EchoReply) => void;
}

export class Echo {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #output: Output;
  readonly #sessions = new Map<number, Session>();

  constructor(clock: Clock, random: Random, output: Output) {
    this.#clock = clock;
    this.#random = random;
    this.#output = output;
  }

  /** Answers a request; its memory is still the link's. */
  answer(packet: Inbound, message: IcmpMessage): void {
    // RFC 1122, section 3.2.2.6: a request to a group may go unanswered, and then nobody can use us as an amplifier.
    if (packet.group && isIpv4(packet.source)) return;
    // To a neighbour by the link that it asked on; to others as the routes say.
    const path =
      packet.group && isLinkLocal(packet.source)
        ? this.#output.pathVia(packet.on, packet.source)
        : this.#output.path(packet.source, packet.group ? undefined : packet.destination);
    if (!isPath(path)) return;
    this.#send(path, message.rest, packet.bytes.subarray(message.start, message.end), false);
  }

  /** Tells the session that a reply belongs to. */
  receiveReply(packet: Inbound, message: IcmpMessage): void {
    const { identifier, sequence } = echoOf(message.rest);
    const session = this.#sessions.get(identifier);
    const sent = session?.pending.get(sequence);
    if (session === undefined || sent === undefined || packet.group) return;
    // A group answers with many voices.
    const toGroup = isMulticast(session.destination);
    if (!toGroup && packet.source !== session.destination) return;
    if (!toGroup) session.pending.delete(sequence);
    session.tell({
      kind: 'reply',
      from: packet.source,
      sequence,
      roundTrip: this.#clock.now - sent,
      hopLimit: packet.hopLimit,
      bytes: message.end - message.start,
    });
  }

  /** Whether the request that an error quotes is one that is on its way. */
  recognises({ destination, bytes, start }: IcmpError): boolean {
    return this.#requestAt(bytes, start, destination) !== undefined;
  }

  /** An error about a request of ours. */
  error({ destination, bytes, start, reason }: IcmpError, from: Address): void {
    const found = this.#requestAt(bytes, start, destination);
    if (found === undefined || reason.kind === 'too-big') return;
    const { session, sequence } = found;
    session.pending.delete(sequence);
    session.tell({ kind: 'unreachable', from, sequence, reason: reason.kind });
  }

  #requestAt(bytes: Uint8Array, start: number, destination: Address) {
    const { identifier, sequence } = echoOf(u32(bytes, start + 4));
    const session = this.#sessions.get(identifier);
    const request = bytes[start] === (isIpv4(destination) ? icmp4.echo : icmp6.echo);
    if (!request || session?.destination !== destination || !session.pending.has(sequence)) return undefined;
    return { session, sequence };
  }

  /** Packets to `destination` do not even leave. */
  unreachable(destination: Address, reason: Unreachable): void {
    for (const session of this.#sessions.values()) {
      if (session.destination !== destination) continue;
      const [sequence] = session.pending.keys();
      if (sequence === undefined) continue;
      session.pending.delete(sequence);
      session.tell({ kind: 'unreachable', from: undefined, sequence, reason: reason.kind });
    }
  }

  /** @throws Error with `code` ENOBUFS when there are too many sessions */
  open(destination: Address): EchoSession {
    if (this.#sessions.size >= mostSessions) {
      throw Object.assign(new Error('there are too many echo sessions'), { code: 'ENOBUFS' });
    }
    let identifier = below(this.#random, 65_536);
    while (this.#sessions.has(identifier)) identifier = (identifier + 1) & 0xffff;
    const pending = new Map<number, number>();
    const handle: EchoSession = {
      onReply: () => {},
      send: (sequence, bytes) => {
        const path = this.#output.path(destination);
        if (!isPath(path)) return 'there is no route to it';
        const [oldest] = pending.keys();
        if (pending.size >= mostPending && oldest !== undefined) pending.delete(oldest);
        pending.set(sequence & 0xffff, this.#clock.now);
        const body = Uint8Array.from({ length: bytes }, (_, index) => index & 0xff);
        return this.#send(path, echoRest(identifier, sequence), body, true) ? undefined : 'the link can take no more';
      },
      close: () => {
        this.#sessions.delete(identifier);
      },
    };
    this.#sessions.set(identifier, { destination, identifier, pending, tell: (reply) => handle.onReply(reply) });
    return handle;
  }

  #send(path: Path, rest: number, body: Uint8Array, request: boolean): boolean {
    const version4 = isIpv4(path.destination);
    const types = version4 ? icmp4 : icmp6;
    const packet = path.begin(version4 ? protocols.icmp : protocols.icmp6, icmpHeader + body.length);
    if (packet === undefined) return false;
    emitIcmp(packet.bytes, packet.start, request ? types.echo : types.echoReply, 0, rest);
    packet.bytes.set(body, packet.start + icmpHeader);
    packet.send(icmpHeader + body.length, { checksumOffset: icmpChecksumOffset });
    return true;
  }
}
