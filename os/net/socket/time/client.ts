/** The client of time servers: SNTP, RFC 4330, with what of RFC 5905 keeps a clock steady. */

import type { NetworkStatus } from '../../../sockets/status.ts';
import type { Timer } from '../../environment/clock.ts';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { Burst } from './burst.ts';
import type { Measurement, MeasurementEnvironment, Outcome } from './measurement.ts';

export interface TimeEnvironment extends MeasurementEnvironment {
  /** Addresses of a server's name, best first. */
  readonly resolve: (name: string) => Promise<readonly Address[]>;
  /** Adds to the clock at once, in milliseconds. */
  readonly step: (offset: number) => void;
  /**
   * Lets the clock run faster or slower until it has made good for `offset` milliseconds; what was left of an earlier slew is
   * in it. `interval`: seconds until the next one comes at the earliest, which is what a phase-locked loop needs to know.
   */
  readonly slew: (offset: number, interval: number) => void;
  readonly log: (severity: 'warning' | 'info' | 'debug', message: string) => void;
}

/** Seconds between two polls. */
const poll = { least: 64, most: 1024 };
/** Milliseconds: a clock that is further away is stepped. RFC 5905, section 11.3, STEPT. */
const stepThreshold = 128;
/** Milliseconds: further away than this, the very first measurement is acted on, for certificates depend on the time. */
const blatant = 1000;
/** Milliseconds until a clock that suddenly is far away is looked at again. */
const secondLook = 4000;
/** Polls with a steady clock after which they become rarer. */
const steadyPolls = 4;
/** Seconds before all servers are tried again, doubling. */
const firstRetry = 4;

interface Server {
  readonly name: string;
  /** It does not want to be asked any more. */
  denied: boolean;
  /** When it may be asked again, on the clock's scale. */
  notBefore: number;
  /** Which of its addresses was tried last. */
  tried: number;
}

export class TimeClient {
  readonly #environment: TimeEnvironment;
  readonly #timer: Timer;
  #servers: Server[] = [];
  /** The one that is asked now. */
  #current = 0;
  /** Servers that failed one after another. */
  #failures = 0;
  #running = false;
  #burst: Burst | undefined;
  /** Counts beginnings: an answer of the resolver that comes after another one is stale. */
  #turn = 0;
  #synchronised = false;
  /** The last measurement was far away, and was not believed. */
  #doubt = false;
  #interval = poll.least;
  #steady = 0;
  /** The shortest delay of the server, in milliseconds. */
  #shortest = Number.POSITIVE_INFINITY;
  #last: NetworkStatus['clock'] = null;

  constructor(environment: TimeEnvironment) {
    this.#environment = environment;
    this.#timer = environment.clock.timer(() => this.#poll());
  }

  /** Addresses or names, best first. */
  setServers(names: readonly string[]): void {
    const distinct = [...new Set(names)];
    if (distinct.length === this.#servers.length && distinct.every((name, at) => this.#servers[at]?.name === name))
      return;
    this.#servers = distinct.map(
      (name) => this.#servers.find((known) => known.name === name) ?? { name, denied: false, notBefore: 0, tried: -1 },
    );
    this.#current = 0;
    this.#restart();
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#restart();
  }

  stop(): void {
    this.#running = false;
    this.#quiet();
  }

  /** There may be a way to the servers now: unless the clock is kept already, they are asked at once. */
  networkChanged(): void {
    if (!this.#synchronised || this.#failures > 0) this.#restart();
  }

  /** What the last poll found; seconds, as everything in the status. */
  status(): NetworkStatus['clock'] {
    return this.#last;
  }

  #restart(): void {
    if (!this.#running) return;
    this.#failures = 0;
    this.#quiet();
    this.#poll();
  }

  #quiet(): void {
    this.#turn++;
    this.#timer.clear();
    this.#burst?.close();
    this.#burst = undefined;
  }

  #poll(): void {
    const turn = ++this.#turn;
    const server = this.#next();
    if (server === undefined) return;
    const address = parseAddress(server.name);
    if (address !== undefined) {
      this.#ask(server, address);
      return;
    }
    this.#environment.resolve(server.name).then(
      (addresses) => {
        if (turn !== this.#turn) return;
        const chosen = addresses[(server.tried + 1) % Math.max(1, addresses.length)];
        if (chosen === undefined) this.#failed(server, { kind: 'failed', reason: 'it has no address' });
        else this.#ask(server, chosen);
      },
      () => {
        if (turn === this.#turn) this.#failed(server, { kind: 'failed', reason: 'its name cannot be resolved' });
      },
    );
  }

  /** The first server from the current one on that may be asked; without one, the time is set when one may be. */
  #next(): Server | undefined {
    const { now } = this.#environment.clock;
    for (let offset = 0; offset < this.#servers.length; offset++) {
      const index = (this.#current + offset) % this.#servers.length;
      const server = this.#servers[index] as Server;
      if (server.denied || server.notBefore > now) continue;
      if (index !== this.#current) this.#shortest = Number.POSITIVE_INFINITY;
      this.#current = index;
      return server;
    }
    const soonest = Math.min(...this.#servers.filter(({ denied }) => !denied).map(({ notBefore }) => notBefore));
    if (Number.isFinite(soonest)) this.#timer.setAt(soonest);
    return undefined;
  }

  #ask(server: Server, address: Address): void {
    // While the clock is steady one measurement is enough, if it was not held up on its way.
    const goodDelay = this.#synchronised && !this.#doubt ? 1.5 * this.#shortest + 1 : 0;
    this.#burst = new Burst(this.#environment, address, Number.isFinite(goodDelay) ? goodDelay : 0, {
      onMeasured: (measurement) => this.#measured(measurement),
      onEnd: (best) => {
        this.#burst = undefined;
        this.#failures = 0;
        this.#apply(server, address, best);
      },
      onFailed: (outcome) => {
        this.#burst = undefined;
        this.#failed(server, outcome);
      },
    });
    this.#burst.start();
  }

  #measured({ offset, delay }: Measurement): number {
    this.#shortest = Math.min(this.#shortest, delay);
    if (this.#synchronised || Math.abs(offset) <= blatant + delay) return 0;
    this.#step(offset);
    return offset;
  }

  #apply(server: Server, address: Address, { offset, delay }: Measurement): void {
    const name = server.name === formatAddress(address) ? server.name : `${server.name} (${formatAddress(address)})`;
    this.#last = { server: name, offset: offset / 1000, roundTrip: delay / 1000 };
    if (Math.abs(offset) > stepThreshold) {
      if (this.#synchronised && !this.#doubt) {
        this.#doubt = true;
        this.#timer.setIn(secondLook);
        return;
      }
      this.#step(offset);
      this.#interval = poll.least;
      this.#steady = 0;
    } else {
      if (this.#synchronised) this.#adapt(offset, delay);
      this.#environment.slew(offset, this.#interval);
    }
    if (!this.#synchronised) this.#environment.log('info', `The clock follows ${name}.`);
    this.#synchronised = true;
    this.#doubt = false;
    this.#timer.setIn(1000 * this.#interval);
  }

  /** A clock that stays where it should be needs less attention, one that strays more. */
  #adapt(offset: number, delay: number): void {
    const noise = Math.max(2, delay / 4);
    if (Math.abs(offset) > 4 * noise) {
      this.#steady = 0;
      this.#interval = Math.max(poll.least, this.#interval / 2);
    } else if (Math.abs(offset) <= noise && ++this.#steady >= steadyPolls) {
      this.#steady = 0;
      this.#interval = Math.min(poll.most, this.#interval * 2);
    }
  }

  #step(offset: number): void {
    this.#environment.log(
      'info',
      `The clock was ${(Math.abs(offset) / 1000).toFixed(3)} s ${offset > 0 ? 'slow' : 'fast'}; it is set.`,
    );
    this.#environment.step(offset);
  }

  #failed(server: Server, outcome: Exclude<Outcome, { kind: 'measured' }>): void {
    const { clock, log } = this.#environment;
    if (outcome.kind === 'kiss') {
      if (outcome.code === 'DENY' || outcome.code === 'RSTR') server.denied = true;
      else {
        this.#interval = Math.min(poll.most, this.#interval * 2);
        server.notBefore = clock.now + 1000 * this.#interval;
      }
      log('warning', `Time server ${server.name} does not want to be asked (${printable(outcome.code)}).`);
    } else log('debug', `Time server ${server.name}: ${outcome.reason}.`);
    server.tried++;
    this.#failures++;
    this.#current = (this.#current + 1) % Math.max(1, this.#servers.length);
    this.#shortest = Number.POSITIVE_INFINITY;
    if (this.#failures % Math.max(1, this.#servers.length) !== 0) this.#timer.setIn(0);
    else {
      const rounds = this.#failures / this.#servers.length - 1;
      this.#timer.setIn(1000 * Math.min(poll.most, firstRetry * 2 ** Math.min(rounds, 10)));
    }
  }
}

const printable = (code: string): string => code.replace(/[^\x21-\x7e]/g, '');
