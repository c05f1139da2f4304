/** One question to one server: over UDP, with what keeps forged answers out (RFC 5452), or over TCP (RFC 7766). */
import { below, type Random } from '../../environment/random.ts';
import type { Endpoint } from '../../wire/address.ts';
import {
  type DnsMessage,
  emptyMessage,
  encodeDnsMessage,
  parseDnsMessage,
  type Question,
} from '../../wire/dns/message.ts';
import { sameName } from '../../wire/dns/name.ts';
import type { TcpLayer } from '../tcp/connection.ts';
import type { Datagram, UdpLayer } from '../udp-contract.ts';
import type { NameServer } from './servers.ts';

const dnsPort = 53;

/** RFC 9715: what passes every path in one piece. */
const payloadSize = 1232;

/** After so many wrong answers to one question somebody is guessing, and TCP is asked instead. */
const mostMismatches = 20;

export interface DnsCounters {
  queries: number;
  cacheHits: number;
  timeouts: number;
  /** Answers that fit no question: wrong sender, id or question. */
  mismatched: number;
  overTcp: number;
}

export interface AttemptEnvironment {
  readonly random: Random;
  readonly udp: UdpLayer;
  readonly tcp: TcpLayer;
  readonly counters: DnsCounters;
}

/** Called at most once, and never before the attempt was started. `forged`: too many wrong answers came. */
type OnOutcome = (outcome: DnsMessage | 'unreachable' | 'forged') => void;

/** A question under way. After `close` nothing is heard of it. */
export interface Attempt {
  close(): void;
}

interface Asked {
  readonly id: number;
  readonly question: Question;
  readonly wire: Uint8Array;
}

function compose(random: Random, question: Question, edns: boolean): Asked | undefined {
  const id = below(random, 65536);
  const wire = encodeDnsMessage({
    ...emptyMessage,
    id,
    recursionDesired: true,
    questions: [question],
    edns: edns ? { payloadSize, version: 0 } : undefined,
  });
  return wire && { id, question, wire };
}

/** Whether a message answers what was asked. One without a question can only be a complaint about it: RFC 1035, 4.1.1. */
function answers(asked: Asked, message: DnsMessage): boolean {
  if (!message.response || message.id !== asked.id || message.opcode !== 0) return false;
  const [question] = message.questions;
  if (question === undefined) return message.code !== 0 && message.code !== 3 && message.answers.length === 0;
  const { name, type, class: questionClass } = asked.question;
  return (
    message.questions.length === 1 &&
    question.type === type &&
    question.class === questionClass &&
    sameName(question.name, name)
  );
}

/** Asks over UDP from a socket, and so a port, of its own. @returns undefined when it could not be sent */
export function askOverUdp(
  environment: AttemptEnvironment,
  server: NameServer,
  question: Question,
  edns: boolean,
  onOutcome: OnOutcome,
): Attempt | undefined {
  const asked = compose(environment.random, question, edns);
  const socket = asked && openSocket(environment.udp);
  if (socket === undefined || asked === undefined) return undefined;
  const remote: Endpoint = { address: server.address, port: dnsPort };
  const isFromServer = (from: Endpoint) => from.address === remote.address && from.port === remote.port;
  let mismatches = 0;
  const end = (outcome: DnsMessage | 'unreachable' | 'forged') => {
    socket.onDatagram = undefined;
    socket.onError = undefined;
    onOutcome(outcome);
  };
  socket.onDatagram = (datagram: Datagram) => {
    const message = isFromServer(datagram.remote) ? parseDnsMessage(datagram.payload) : undefined;
    if (message !== undefined && answers(asked, message)) {
      end(message);
      return;
    }
    environment.counters.mismatched++;
    if (++mismatches >= mostMismatches) end('forged');
  };
  // The port is not known (0) when already the neighbour could not be found.
  socket.onError = (from) => {
    if (from.address === remote.address) end('unreachable');
  };
  environment.counters.queries++;
  if (socket.send(asked.wire, remote, server.interface === undefined ? {} : { interface: server.interface })) {
    return { close: () => closeSocket(socket) };
  }
  closeSocket(socket);
  return undefined;
}

function openSocket(udp: UdpLayer) {
  try {
    return udp.open();
  } catch {
    return undefined;
  }
}

function closeSocket(socket: ReturnType<UdpLayer['open']>): void {
  socket.onDatagram = undefined;
  socket.onError = undefined;
  socket.close();
}

/** Asks over TCP: for answers too long for UDP, and where UDP cannot be trusted. */
export function askOverTcp(
  environment: AttemptEnvironment,
  server: NameServer,
  question: Question,
  edns: boolean,
  onOutcome: OnOutcome,
): Attempt | undefined {
  const asked = compose(environment.random, question, edns);
  if (asked === undefined) return undefined;
  const length = asked.wire.length;
  let unsent = Uint8Array.from([length >> 8, length & 0xff, ...asked.wire]);
  let received = new Uint8Array(0);
  environment.counters.overTcp++;
  const connection = environment.tcp.connect({ address: server.address, port: dnsPort }, { noDelay: true });
  const end = (outcome: DnsMessage | 'unreachable') => {
    connection.events = {};
    connection.abort();
    onOutcome(outcome);
  };
  const write = () => {
    unsent = unsent.subarray(connection.write(unsent));
  };
  connection.events = {
    onConnect: write,
    onDrain: write,
    onData: () => {
      for (let piece = connection.read(); piece !== undefined; piece = connection.read()) {
        received = concatenated(received, piece);
        if (received.length < 2) continue;
        const total = 2 + (((received[0] as number) << 8) | (received[1] as number));
        if (received.length < total) continue;
        const message = parseDnsMessage(received.slice(2, total));
        end(message !== undefined && answers(asked, message) ? message : 'unreachable');
        return;
      }
    },
    onEnd: () => end('unreachable'),
    onClose: () => end('unreachable'),
  };
  return {
    close: () => {
      connection.events = {};
      connection.abort();
    },
  };
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a, 0);
  whole.set(b, a.length);
  return whole;
}
