import { setTimeout as delay } from 'node:timers/promises';
import type { EchoEvent } from '../../sockets/client/questions.ts';
import { networkFailure, reaching } from '../values/network-failure.ts';
import type { Presentation } from '../values/presentation.ts';
import { badArguments, CommandError } from '../values/status.ts';
import type { Command } from './command.ts';

/** Times are seconds. */
interface Reply {
  readonly from: string;
  readonly sequence: number;
  readonly roundTrip: number;
  readonly hopLimit: number;
  readonly bytes: number;
}

interface Failure {
  readonly from: string | null;
  readonly sequence: number;
  readonly error: string;
}

interface Statistics {
  readonly sent: number;
  readonly received: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

const defaultBytes = 56;
const defaultInterval = 1;
/** Seconds to wait for answers after the last request. */
const patience = 2;

const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(2)} ms`;

const presentation: Presentation = {
  as: 'text',
  text: (value) => {
    if ('sent' in value) {
      const { sent, received, least, mean, most } = value as Statistics;
      const lost = sent === 0 ? 0 : Math.round((1 - received / sent) * 100);
      const times = `; round trip ${milliseconds(least)} at least, ${milliseconds(mean)} on average, ${milliseconds(most)} at most`;
      return `${sent} sent, ${received} received, ${lost} % lost${received > 0 ? times : ''}`;
    }
    if ('error' in value) {
      const { from, sequence, error } = value as Failure;
      return `${from === null ? '' : `from ${from}: `}sequence ${sequence}: ${error}`;
    }
    const { from, sequence, roundTrip, hopLimit, bytes } = value as Reply;
    return `${bytes} bytes from ${from}: sequence ${sequence}, hop limit ${hopLimit}, ${milliseconds(roundTrip)}`;
  },
  colour: (value) => ('error' in value ? 'red' : undefined),
};

/** A number of seconds or bytes. @throws CommandError 400 */
function number(text: string | undefined, otherwise: number, least: number, most: number, option: string): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw badArguments(`--${option} takes a number from ${least} to ${most}, not "${text}"`);
}

export const ping: Command = {
  name: 'ping',
  summary: 'whether a host answers, and how fast; Ctrl-C ends it',
  usage: 'ping [-4] [-6] [-c N] [-i SECONDS] [-s BYTES] HOST',
  operands: { least: 1, most: 1, are: 'text' },
  options: [
    { name: 'ipv4', short: '4', summary: 'only by IPv4' },
    { name: 'ipv6', short: '6', summary: 'only by IPv6' },
    { name: 'count', short: 'c', value: 'N', summary: 'this often' },
    { name: 'interval', short: 'i', value: 'SECONDS', summary: `between requests (${defaultInterval} if not said)` },
    { name: 'size', short: 's', value: 'BYTES', summary: `of payload (${defaultBytes} if not said)` },
  ],
  examples: [
    {
      line: 'ping -c 2 -i 0.01 192.0.2.1 --json',
      explains: 'twice',
      gives: [
        { from: '192.0.2.1', sequence: 1, hopLimit: 64, bytes: 56 },
        { from: '192.0.2.1', sequence: 2 },
      ],
    },
    { line: 'ping -c 1 nowhere.example.org', explains: 'a name that does not exist', status: 404 },
    { line: 'ping -c 1 -i fast 192.0.2.1', explains: 'a time that is none', status: 400 },
  ],
  presentation,
  endsOnCancel: true,
  async *run(args, context) {
    const [host = ''] = args.operands;
    const count = args.count('count') ?? Number.POSITIVE_INFINITY;
    const interval = number(args.value('interval'), defaultInterval, 0.01, 3600, 'interval') * 1000;
    const bytes = Math.floor(number(args.value('size'), defaultBytes, 0, 65_507, 'size'));
    const family = args.has('ipv4') === args.has('ipv6') ? 0 : args.has('ipv4') ? 4 : 6;
    const { signal } = context;
    const echo = await reaching((await context.network()).echo(host, family), host);
    const events: EchoEvent[] = [];
    let wake = (): void => {};
    let lost: Error | undefined;
    let sent = 0;
    let answered = 0;
    const times: number[] = [];
    echo.onEvent = (event) => {
      events.push(event);
      wake();
    };
    echo.onLost = (error) => {
      lost = error;
      wake();
    };
    const stop = () => wake();
    signal.addEventListener('abort', stop);
    try {
      let next = performance.now();
      for (;;) {
        if (sent < count && performance.now() >= next && !signal.aborted) {
          sent += 1;
          echo.send(sent & 0xffff, bytes);
          next = performance.now() + (sent < count ? interval : patience * 1000);
        }
        for (const event of events.splice(0)) {
          answered += 1;
          if (event.type === 'reply') {
            times.push(event.roundTrip);
            const { from, sequence, roundTrip, hopLimit, bytes } = event;
            yield { from, sequence, roundTrip, hopLimit, bytes } satisfies Reply;
          } else {
            const { from, sequence, reason } = event;
            yield { from, sequence, error: reason } satisfies Failure;
          }
        }
        if (lost !== undefined) throw networkFailure(lost);
        const over = sent >= count && (answered >= sent || performance.now() >= next);
        if (signal.aborted || over) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          void delay(Math.max(0, next - performance.now())).then(resolve);
        });
      }
    } finally {
      signal.removeEventListener('abort', stop);
      echo.close();
    }
    const total = times.reduce((sum, time) => sum + time, 0);
    if (!args.has('json')) {
      const extremes = { least: Math.min(...times), mean: total / times.length, most: Math.max(...times) };
      yield { sent, received: times.length, ...extremes } satisfies Statistics;
    }
    if (times.length === 0 && sent > 0) throw new CommandError(504, `${host} does not answer`);
  },
};
