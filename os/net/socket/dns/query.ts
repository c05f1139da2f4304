/** One question to the name servers, one after another, until one answers or the time is up. */
import type { Clock, Timer } from '../../environment/clock.ts';
import { type DnsMessage, type Question, responseCodes } from '../../wire/dns/message.ts';
import { type Attempt, type AttemptEnvironment, askOverTcp, askOverUdp } from './attempt.ts';
import type { KnownServer, ServerList } from './servers.ts';

/** Milliseconds that the first round waits for each server; every round doubles it. */
const firstPatience = 1000;
/** Milliseconds for an answer over TCP. */
const tcpPatience = 5000;
/** Milliseconds after which the whole question has failed. */
const patience = 10_000;

export type QueryOutcome =
  | { readonly kind: 'answer'; readonly message: DnsMessage }
  | { readonly kind: 'failure'; readonly code: 'ETIMEOUT' | 'ESERVFAIL' | 'EREFUSED'; readonly reason: string };

const retriedPlain: ReadonlySet<number> = new Set([
  responseCodes.formatError,
  responseCodes.notImplemented,
  responseCodes.badVersion,
]);

export interface QueryEnvironment extends AttemptEnvironment {
  readonly clock: Clock;
  readonly servers: ServerList;
}

export class Query {
  readonly #environment: QueryEnvironment;
  readonly #question: Question;
  readonly #onEnd: (outcome: QueryOutcome) => void;
  readonly #timer: Timer;
  readonly #deadline: number;
  /** Those that may still be asked; one that cannot help this question leaves. */
  #candidates: KnownServer[];
  #index = -1;
  #round = 0;
  /** Earlier ones are still listened to while later ones are under way. */
  readonly #attempts: Attempt[] = [];
  #refused = 0;
  #failed = 0;
  #ended = false;

  constructor(environment: QueryEnvironment, question: Question, onEnd: (outcome: QueryOutcome) => void) {
    this.#environment = environment;
    this.#question = question;
    this.#onEnd = onEnd;
    this.#deadline = environment.clock.now + patience;
    this.#timer = environment.clock.timer(() => this.#expired());
    this.#candidates = environment.servers.ranked();
  }

  start(): void {
    this.#next();
  }

  #next(): void {
    this.#index++;
    if (this.#index >= this.#candidates.length) {
      this.#index = 0;
      this.#round++;
    }
    const server = this.#candidates[this.#index];
    if (server === undefined) this.#giveUp();
    else this.#ask(server, firstPatience * 2 ** this.#round);
  }

  #ask(server: KnownServer, wait: number): void {
    const ask = (edns: boolean) =>
      askOverUdp(this.#environment, server, this.#question, edns, (outcome) => {
        if (outcome === 'forged') this.#askOverTcp(server);
        else if (outcome === 'unreachable') this.#drop(server);
        else if (outcome.truncated) this.#askOverTcp(server);
        else this.#judge(server, outcome);
      });
    this.#under(server, ask(!server.plain), wait);
  }

  #askOverTcp(server: KnownServer): void {
    const attempt = askOverTcp(this.#environment, server, this.#question, !server.plain, (outcome) => {
      if (typeof outcome === 'string') this.#drop(server);
      else this.#judge(server, outcome);
    });
    this.#under(server, attempt, tcpPatience);
  }

  #under(server: KnownServer, attempt: Attempt | undefined, wait: number): void {
    if (this.#ended) attempt?.close();
    else if (attempt === undefined) {
      this.#drop(server);
    } else {
      this.#attempts.push(attempt);
      this.#timer.setAt(Math.min(this.#environment.clock.now + wait, this.#deadline));
    }
  }

  #judge(server: KnownServer, message: DnsMessage): void {
    if (message.code === responseCodes.noError || message.code === responseCodes.noSuchName) {
      server.failedAt = undefined;
      this.#end({ kind: 'answer', message });
    } else if (retriedPlain.has(message.code) && !server.plain) {
      server.plain = true;
      this.#ask(server, firstPatience);
    } else {
      if (message.code === responseCodes.refused) this.#refused++;
      else this.#failed++;
      this.#drop(server);
    }
  }

  /** This server cannot help: it is not asked again, and if it was its turn, the next one is. */
  #drop(server: KnownServer): void {
    server.failedAt = this.#environment.clock.now;
    const index = this.#candidates.indexOf(server);
    if (index < 0) return;
    const current = index === this.#index;
    this.#candidates.splice(index, 1);
    if (index <= this.#index) this.#index--;
    if (current || this.#candidates.length === 0) this.#next();
  }

  #expired(): void {
    this.#environment.counters.timeouts++;
    const server = this.#candidates[this.#index];
    if (server !== undefined) server.failedAt = this.#environment.clock.now;
    if (this.#environment.clock.now >= this.#deadline) {
      this.#end({ kind: 'failure', code: 'ETIMEOUT', reason: 'the name servers do not answer' });
    } else this.#next();
  }

  #giveUp(): void {
    if (this.#failed > 0)
      this.#end({ kind: 'failure', code: 'ESERVFAIL', reason: 'the name servers failed to answer' });
    else if (this.#refused > 0) this.#end({ kind: 'failure', code: 'EREFUSED', reason: 'the name servers refuse' });
    else this.#end({ kind: 'failure', code: 'ESERVFAIL', reason: 'no name server can be reached' });
  }

  #end(outcome: QueryOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer.clear();
    for (const attempt of this.#attempts) attempt.close();
    this.#onEnd(outcome);
  }
}
