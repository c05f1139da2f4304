/** Questions that are answered once, echo requests, and the status as it changes. */
import type { EchoSession } from '../../net/host/host.ts';
import { formatAddress } from '../../net/wire/address.ts';
import type { RecordType } from '../../sockets/protocol.ts';
import type { Backend } from '../backend/backend.ts';
import { addressesOf } from '../dial.ts';
import type { Conversation, Line } from './line.ts';
import * as field from './message.ts';

const recordTypes: readonly unknown[] = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SRV', 'TXT'] satisfies RecordType[];

/** Nobody waits for more. */
const onGone = (): void => {};

export function answerLater(line: Line, work: Promise<unknown>): Conversation {
  work.then(
    (value) => line.answer(value),
    (error: Error & { code?: string }) => line.fail(error.code ?? 'EIO', error.message),
  );
  return { onGone };
}

export const openLookup = (backend: Backend, line: Line, message: field.Message): Conversation => {
  const [name, family] = [field.text(message, 'name'), field.family(message)];
  return answerLater(
    line,
    addressesOf(backend, name, family).then((found) => found.map(formatAddress)),
  );
};

export const openResolve = (backend: Backend, line: Line, message: field.Message): Conversation => {
  const record = message['record'];
  if (!recordTypes.includes(record))
    throw new field.Refusal('EINVAL', `record must be one of ${recordTypes.join(', ')}`);
  return answerLater(line, backend.resolver.resolve(field.text(message, 'name'), record as RecordType));
};

export const openReverse = (backend: Backend, line: Line, message: field.Message): Conversation =>
  answerLater(line, backend.resolver.reverse(field.address(field.text(message, 'address'))));

export function openStatus(backend: Backend, line: Line): Conversation {
  line.answer(backend.status());
  return { onGone };
}

export function openSockets(backend: Backend, line: Line): Conversation {
  line.answer(backend.sockets());
  return { onGone };
}

/** Clients that want to know when the status changes. */
export class Watchers {
  readonly #watchers = new Map<Line, { changed: boolean }>();

  open(backend: Backend, line: Line): Conversation {
    const tell = () => line.tell({ type: 'answer', value: backend.status() });
    const state = { changed: false };
    this.#watchers.set(line, state);
    tell();
    return {
      onDrain() {
        if (state.changed) tell();
        state.changed = false;
      },
      onGone: () => this.#watchers.delete(line),
    };
  }

  /** The status has changed: tell everybody who reads. */
  notify(backend: Backend): void {
    if (this.#watchers.size === 0) return;
    const value = backend.status();
    for (const [line, state] of this.#watchers) {
      state.changed = line.congested;
      if (!line.congested) line.tell({ type: 'answer', value });
    }
  }
}

/** The largest payload of an echo request that fits into an IPv4 packet. */
const longestEcho = 65_507;

export function openEcho(backend: Backend, line: Line, message: field.Message): Conversation {
  let session: EchoSession | undefined;
  let gone = false;
  addressesOf(backend, field.text(message, 'host'), field.family(message))
    .then(([address]) => {
      if (gone || address === undefined) return;
      session = backend.echo(address);
      session.onReply = (reply) => {
        if (line.congested) return;
        if (reply.kind === 'reply') {
          const { sequence, hopLimit, bytes } = reply;
          const from = formatAddress(reply.from);
          line.tell({ type: 'reply', from, sequence, roundTrip: reply.roundTrip / 1000, hopLimit, bytes });
        } else {
          const from = reply.from === undefined ? null : formatAddress(reply.from);
          line.tell({ type: 'unreachable', from, sequence: reply.sequence, reason: reply.reason });
        }
      };
      line.tell({ type: 'opened', address: formatAddress(address) });
    })
    .catch((error: Error & { code?: string }) => line.fail(error.code ?? 'EIO', error.message));
  return {
    onMessage(message) {
      const sequence = field.whole(message, 'sequence', 0, 65_535);
      const problem = session?.send(sequence, field.whole(message, 'bytes', 0, longestEcho));
      if (problem !== undefined && !line.congested) {
        line.tell({ type: 'unreachable', from: null, sequence, reason: problem });
      }
    },
    onGone() {
      gone = true;
      session?.close();
    },
  };
}
