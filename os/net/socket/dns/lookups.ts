/** Questions with their answers remembered: the cache, questions that are under way already, and a limit of those. */

import { NameError } from '../../host/host.ts';
import { nameKey } from '../../wire/dns/name.ts';
import { internetClass } from '../../wire/dns/record.ts';
import { type Answer, readAnswer } from './answer.ts';
import { AnswerCache } from './cache.ts';
import { Query, type QueryEnvironment } from './query.ts';

/** Questions that are asked at the same time, and that may wait for their turn. */
const mostRunning = 64;
const mostWaiting = 1000;

export class Lookups {
  readonly #environment: QueryEnvironment;
  readonly #cache: AnswerCache;
  /** By question. */
  readonly #underWay = new Map<string, Promise<Answer>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Counts the changes of servers: what the servers before said is not for the cache of now. */
  #era = 0;

  constructor(environment: QueryEnvironment) {
    this.#environment = environment;
    this.#cache = new AnswerCache(environment.clock);
  }

  get cached(): number {
    return this.#cache.size;
  }

  /** The servers are others now, and may see other names. */
  forget(): void {
    this.#era++;
    this.#cache.clear();
    this.#underWay.clear();
  }

  /** @throws NameError when no server answers */
  ask(name: string, type: number): Promise<Answer> {
    const key = `${type} ${nameKey(name)}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      this.#environment.counters.cacheHits++;
      return Promise.resolve(cached);
    }
    const shared = this.#underWay.get(key);
    if (shared !== undefined) return shared;
    const era = this.#era;
    const answer = this.#query(name, type).then((found) => {
      if (era === this.#era) this.#cache.put(key, found);
      return found;
    });
    this.#underWay.set(key, answer);
    const done = () => {
      if (this.#underWay.get(key) === answer) this.#underWay.delete(key);
    };
    answer.then(done, done);
    return answer;
  }

  #query(name: string, type: number): Promise<Answer> {
    if (this.#waiting.length >= mostWaiting) {
      return Promise.reject(new NameError('ESERVFAIL', `${name}: too many names are being looked up`));
    }
    return new Promise((resolve, reject) => {
      const question = { name, type, class: internetClass };
      const start = () => {
        this.#running++;
        const query = new Query(this.#environment, question, (outcome) => {
          this.#running--;
          this.#waiting.shift()?.();
          if (outcome.kind === 'answer') resolve(readAnswer(question, outcome.message));
          else reject(new NameError(outcome.code, `${name}: ${outcome.reason}`));
        });
        query.start();
      };
      if (this.#running < mostRunning) start();
      else this.#waiting.push(start);
    });
  }
}
