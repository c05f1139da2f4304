/** One question to a time server and what its answer says: RFC 4330, section 5, and RFC 5905, section 8. */
import type { Clock } from '../../environment/clock.ts';
import type { Random } from '../../environment/random.ts';
import { type Address, formatAddress } from '../../wire/address.ts';
import { u32 } from '../../wire/bytes.ts';
import {
  encodeNtp,
  millisecondsOf,
  type NtpPacket,
  type NtpTimestamp,
  ntpModes,
  ntpPort,
  parseNtp,
} from '../../wire/ntp.ts';
import type { UdpLayer, UdpSocket } from '../udp-contract.ts';

/** Both in milliseconds. A positive offset: this host's clock is slow. */
export interface Measurement {
  readonly offset: number;
  readonly delay: number;
}

export type Outcome =
  | ({ readonly kind: 'measured' } & Measurement)
  /** The server asks to be left alone (RFC 5905, section 7.4): `RATE`, `DENY`, `RSTR`. */
  | { readonly kind: 'kiss'; readonly code: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface MeasurementEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: UdpLayer;
  /** Milliseconds since 1970, with fractions. */
  readonly wallClock: () => number;
}

/** Milliseconds that an answer may take. */
const patience = 2000;

/** Seconds: a server whose own way to the true time is longer knows it too badly. */
const longestRootDistance = 5;

/** The start of 2026, before which this was not written: a clock that has lost its battery says nothing of the era. */
const notBefore = Date.UTC(2026, 0, 1);

/** What of a question its answer is judged by: when it was sent and answered, on the wall clock. */
interface Asked {
  readonly nonce: NtpTimestamp;
  readonly sentAt: number;
  readonly receivedAt: number;
}

function judge(packet: NtpPacket, { nonce, sentAt, receivedAt }: Asked): Outcome | undefined {
  // Whoever did not see the question cannot know what to repeat. What does not is no answer at all.
  if (packet.mode !== ntpModes.server || packet.origin !== nonce) return undefined;
  if (packet.stratum === 0) return { kind: 'kiss', code: packet.reference };
  const failed = (reason: string): Outcome => ({ kind: 'failed', reason });
  if (packet.version < 3 || packet.version > 4) return failed('it speaks another version');
  if (packet.leap === 3 || packet.stratum > 15) return failed('it does not know the time');
  if (packet.receive === 0n || packet.transmit === 0n) return failed('it does not say the time');
  if (packet.rootDelay / 2 + packet.rootDispersion > longestRootDistance) return failed('it is too far from true time');
  const near = Math.max(sentAt, notBefore);
  const receive = millisecondsOf(packet.receive, near);
  const transmit = millisecondsOf(packet.transmit, near);
  if (transmit < receive) return failed('its clock runs backwards');
  const delay = Math.max(0, receivedAt - sentAt - (transmit - receive));
  return { kind: 'measured', offset: (receive - sentAt + (transmit - receivedAt)) / 2, delay };
}

/** Asks once, from a port of its own. `onOutcome` is called once, later. @returns how to stop listening */
export function measure(
  environment: MeasurementEnvironment,
  address: Address,
  onOutcome: (outcome: Outcome) => void,
): () => void {
  const { clock, random, udp, wallClock } = environment;
  const bytes = random.bytes(8);
  const nonce = (BigInt(u32(bytes, 0)) << 32n) | BigInt(u32(bytes, 4)) | 1n;
  let socket: UdpSocket | undefined;
  const close = () => {
    timer.clear();
    if (socket === undefined) return;
    socket.onDatagram = undefined;
    socket.onError = undefined;
    socket.close();
  };
  const end = (outcome: Outcome) => {
    close();
    onOutcome(outcome);
  };
  let failure = `${formatAddress(address)} does not answer`;
  const timer = clock.timer(() => end({ kind: 'failed', reason: failure }));
  try {
    socket = udp.open();
  } catch {
    failure = 'there is no port left';
    timer.setIn(0);
    return close;
  }
  const sentAt = wallClock();
  const startedAt = clock.now;
  socket.onDatagram = ({ remote, payload }) => {
    if (remote.address !== address || remote.port !== ntpPort) return;
    const receivedAt = wallClock();
    const packet = parseNtp(payload);
    const outcome = packet && judge(packet, { nonce, sentAt, receivedAt });
    if (outcome === undefined) return;
    // Somebody has set the clock in between, and so the measurement means nothing.
    const moved = Math.abs(receivedAt - sentAt - (clock.now - startedAt)) > 1000;
    end(moved ? { kind: 'failed', reason: 'the clock was set meanwhile' } : outcome);
  };
  socket.onError = (remote) => {
    // Errors about neighbours that cannot be found come to every socket.
    if (remote.address !== address) return;
    failure = `${formatAddress(address)} cannot be reached`;
    timer.setIn(0);
  };
  timer.setIn(patience);
  if (!socket.send(encodeNtp({ ...question, transmit: nonce }), { address, port: ntpPort })) {
    failure = `there is no way to ${formatAddress(address)}`;
    timer.setIn(0);
  }
  return close;
}

/** It says nothing but the nonce: neither what time is here nor how well it is known is the server's business. */
const question: NtpPacket = {
  leap: 0,
  version: 4,
  mode: ntpModes.client,
  stratum: 0,
  poll: 0,
  precision: 0,
  rootDelay: 0,
  rootDispersion: 0,
  reference: '\0\0\0\0',
  referenceTime: 0n,
  origin: 0n,
  receive: 0n,
  transmit: 0n,
};
