/** Case after case against a whole host, and what must be true whatever comes. */
import { setImmediate } from 'node:timers/promises';
import { below, type Random, SeededRandom } from '../environment/random.ts';
import { at } from '../stack/fixture/lan.ts';
import { addressBytes } from '../wire/address.ts';
import { u16 } from '../wire/bytes.ts';
import { etherTypes } from '../wire/ethernet.ts';
import { isGroupMac, readMac, writeMac } from '../wire/mac.ts';
import { Corpus } from './corpus.ts';
import { longest, mutations, type Surroundings } from './mutation.ts';
import { seal } from './sealing.ts';
import { seeds } from './seeds.ts';
import { World } from './world.ts';

/** A new host after so many cases: what comes after a strange state depends on what came before it. */
const casesAWorld = 25_000;
/** Cases between two looks at what the host remembers, and between two of its own doings. */
const inspectEvery = 1000;
const actEvery = 40;
/** Frames that the host may send in one case, its own business included. */
const mostFrames = 2000;

export interface FuzzResult {
  readonly cases: number;
  readonly frames: number;
  /** Kinds of frames that were there to be changed, of the last host. */
  readonly kinds: readonly string[];
  /** What the hosts have counted, in sum. */
  readonly counters: ReadonlyMap<string, number>;
}

/** A case that went wrong: seed and number repeat it. */
class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/**
 * @param family what is changed: frames of IPv4 and ARP, or of IPv6
 * @throws FuzzFailure
 */
export async function fuzz(family: 4 | 6, cases: number, seed: number): Promise<FuzzResult> {
  const counters = new Map<string, number>();
  let frames = 0;
  let kinds: readonly string[] = [];
  for (let done = 0; done < cases; done += casesAWorld) {
    const run = new Run(family, seed + done / casesAWorld);
    const count = Math.min(casesAWorld, cases - done);
    for (let index = 0; index < count; index++) {
      run.step(index);
      // What waits for an answer goes on.
      if (index % 200 === 0) await setImmediate();
    }
    await run.finish();
    for (const [name, value] of run.totals()) counters.set(name, (counters.get(name) ?? 0) + value);
    frames += run.injected;
    kinds = run.corpus.kinds;
  }
  return { cases, frames, kinds, counters };
}

class Run {
  readonly corpus = new Corpus();
  injected = 0;
  readonly #seed: number;
  readonly #random: Random;
  readonly #world: World;
  readonly #own: Uint8Array[] = [];
  /** Frames that have not arrived yet. */
  readonly #fresh: Uint8Array[] = [];
  readonly #surroundings: Surroundings;
  #sent = 0;
  #last: readonly Uint8Array[] = [];
  #before = new Map<string, number>();

  constructor(family: 4 | 6, seed: number) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#world = new World(seed);
    const { lan, machine } = this.#world;
    const own = machine.port.mac;
    lan.wire.observer = (frame, from) => {
      if (from === 'eth0') {
        this.#sent += 1;
        if (frame.length >= 34) this.#own.push(frame.slice());
        if (this.#own.length > 64) this.#own.shift();
        return;
      }
      const to = readMac(frame, 0);
      const mine = to === own || isGroupMac(to);
      if (!mine || (u16(frame, 12) === etherTypes.ipv6) !== (family === 6)) return;
      this.corpus.add(frame);
      this.#fresh.push(frame.slice());
      if (this.#fresh.length > 8) this.#fresh.shift();
    };
    const ends = {
      from: this.#world.router.node.port.mac,
      source: { 4: at('192.0.2.1'), 6: at('fe80::1') },
      to: own,
      own: this.#world.addresses(),
    };
    for (const frame of seeds(ends))
      if ((u16(frame, 12) === etherTypes.ipv6) === (family === 6)) this.corpus.add(frame);
    for (let activity = 0; activity < 32; activity++) {
      this.#world.act();
      machine.pass(0.5);
    }
    this.#surroundings = {
      random: this.#random,
      other: () => this.corpus.pick(this.#random),
      own: () => this.#own[below(this.#random, this.#own.length)],
      addresses: this.#addresses(),
    };
  }

  /** One case. @throws FuzzFailure */
  step(index: number): void {
    this.#sent = 0;
    try {
      this.#attack();
      this.#world.lan.pass(this.#pause());
      if (index % actEvery === 0) this.#world.act();
    } catch (error) {
      throw this.#failure(index, `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    if (this.#sent > mostFrames) throw this.#failure(index, `made the host send ${this.#sent} frames`);
    if (index % inspectEvery !== 0) return;
    const complaint = this.#inspect();
    if (complaint !== undefined) throw this.#failure(index, complaint);
  }

  /** The host is as good as ever: on the link that nobody attacked at once, on the other when the cable was out. */
  async finish(): Promise<void> {
    const { machine, friend, dhcp, router, lan } = this.#world;
    const reached = async (from: typeof friend, text: string | undefined) => {
      if (text === undefined) return false;
      const session = from.echo.open(at(text));
      let replies = 0;
      session.onReply = ({ kind }) => {
        if (kind === 'reply') replies += 1;
      };
      for (let sequence = 0; sequence < 5; sequence++) {
        session.send(sequence, 56);
        machine.pass(2);
        await setImmediate();
      }
      session.close();
      return replies > 0;
    };
    if (!(await reached(friend, '198.51.100.2'))) throw this.#failure(-1, 'cut the host off from a link of its own');
    machine.port.plugged = false;
    machine.pass(10);
    dhcp.bad.clear();
    dhcp.bindings.clear();
    machine.port.plugged = true;
    // The longest that a client waits after all that it was told.
    machine.pass(900);
    router.announce();
    machine.pass(10);
    const own = this.#world.addresses();
    const [eth0] = machine.host.status().interfaces;
    const lease = eth0?.addresses.find(({ origin, family }) => origin === 'dhcp' && family === 4);
    if (!(await reached(router.node.stack, lease?.address))) {
      throw this.#failure(-1, `left the host without an address that works: ${JSON.stringify(eth0)} ${own.length}`);
    }
    lan.wire.observer = undefined;
  }

  totals(): Map<string, number> {
    const all = Object.entries(this.#world.machine.host.status().counters);
    return new Map(
      all.flatMap(([group, each]) => Object.entries(each).map(([name, value]) => [`${group}.${name}`, value] as const)),
    );
  }

  #attack(): void {
    const random = this.#random;
    const { port } = this.#world.machine;
    // What is still on its way is overtaken by something like it; what was seen before comes when nobody expects it.
    const fresh = below(random, 2) === 0 ? this.#fresh.pop() : undefined;
    let frames: Uint8Array[] = [fresh ?? this.corpus.pick(random)];
    for (let left = 1 + below(random, 3); left > 0; left--) {
      const mutation = mutations[below(random, mutations.length)] as (typeof mutations)[number];
      frames = frames.flatMap((frame) => mutation(frame, this.#surroundings)).slice(0, 64);
    }
    this.#last = frames;
    const checksum = below(random, 8) === 0 ? 'verified' : 'unknown';
    const sealed = below(random, 8) !== 0;
    for (const each of frames) {
      const frame = each.length > longest ? each.slice(0, longest) : each;
      if (frame.length < 14) continue;
      if (!isGroupMac(readMac(frame, 0))) writeMac(frame, 0, port.mac);
      if (sealed) seal(frame);
      port.deliver(frame.slice(), { checksum, segmentSize: checksum === 'verified' ? 1448 : 0 });
      this.injected += 1;
    }
  }

  /** Mostly as on a busy link, sometimes long enough for everything to run out. */
  #pause(): number {
    const chance = below(this.#random, 1000);
    if (chance === 0) return below(this.#random, 100_000);
    return chance < 20 ? below(this.#random, 2000) : below(this.#random, 8);
  }

  /** What the host remembers is bounded, and what it counts is right. */
  #inspect(): string | undefined {
    const { machine, lan } = this.#world;
    const status = machine.host.status();
    const sizes: [string, number, number][] = [
      ['neighbours', status.neighbours.length, 2 * 2 * 1024],
      ['routes', status.routes.length, 512],
      ['name servers', status.nameServers.length, 64],
      ['search domains', status.searchDomains.length, 64],
      ['sockets', machine.host.sockets().length, 4096],
      ['timers', lan.clock.size, 40_000],
      ['log lines', machine.log.length, 20_000],
      ...status.interfaces.map(({ addresses }): [string, number, number] => ['addresses', addresses.length, 40]),
    ];
    for (const [what, size, most] of sizes) if (!(size <= most)) return `made the host remember ${size} ${what}`;
    if (!Number.isFinite(lan.clock.now)) return 'stopped the clock';
    const totals = this.totals();
    for (const [name, value] of totals) {
      if (!Number.isSafeInteger(value) || value < (this.#before.get(name) ?? 0)) return `made ${name} ${value}`;
    }
    this.#before = totals;
    const ip = status.counters['ip'] ?? {};
    const of = (name: string) => ip[name] ?? 0;
    if (of('badHeaders') + of('notOurs') > of('received')) return 'was counted twice';
    if (2 * of('reassembled') > of('fragmentsReceived')) return 'was put together of nothing';
    return undefined;
  }

  #addresses(): Surroundings['addresses'] {
    const texts = {
      4: [
        '192.0.2.1',
        '192.0.2.255',
        '255.255.255.255',
        '0.0.0.0',
        '127.0.0.1',
        '224.0.0.1',
        '224.0.0.251',
        '198.51.100.2',
      ],
      6: [
        'fe80::1',
        '2001:db8:1::1',
        '::',
        '::1',
        'ff02::1',
        'ff02::fb',
        'ff02::2',
        '::ffff:192.0.2.1',
        '2001:db8:9::9',
      ],
    };
    const own = this.#world.addresses().map(addressBytes);
    const of = (family: 4 | 6) => [
      ...texts[family].map((text) => addressBytes(at(text))),
      ...own.filter(({ length }) => length === (family === 4 ? 4 : 16)),
    ];
    return { 4: of(4), 6: of(6) };
  }

  #failure(index: number, what: string): FuzzFailure {
    const frames = this.#last.map((frame) => Buffer.from(frame).toString('hex')).join('\n');
    return new FuzzFailure(`seed ${this.#seed}, case ${index}: ${what}\nFrames of the case:\n${frames}`);
  }
}
