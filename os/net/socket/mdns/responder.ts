/** Answers to `<hostname>.local`: RFC 6762, sections 6, 8 and 9. */
import type { Timer } from '../../environment/clock.ts';
import { between } from '../../environment/random.ts';
import { type Address, isIpv4 } from '../../wire/address.ts';
import {
  type DnsMessage,
  emptyMessage,
  encodeDnsMessage,
  parseDnsMessage,
  type Question,
} from '../../wire/dns/message.ts';
import { sameName } from '../../wire/dns/name.ts';
import { type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';
import type { Datagram, UdpSocket } from '../udp-contract.ts';
import { nextName, wins } from './conflict.ts';
import {
  dataKey,
  groupsOf,
  hostRecords,
  hostTtl,
  legacyTtl,
  type MdnsInterface,
  mdnsGroups,
  mdnsPort,
  topBit,
} from './protocol.ts';
import type { MdnsQueryEnvironment } from './query.ts';

export interface MdnsEnvironment extends MdnsQueryEnvironment {
  readonly log: (severity: 'warning' | 'info' | 'debug', message: string) => void;
}

/** Milliseconds between probes, and how many there are; section 8.1. */
const probeSpacing = 250;
const probes = 3;
/** Announcements, a second apart; section 8.3. */
const announcements = 2;
const second = 1000;
/** After so many conflicts within ten seconds there is a pause of five before every further try; section 8.1. */
const conflictLimit = { count: 15, within: 10_000, pause: 5000 };

export class MdnsResponder {
  readonly #environment: MdnsEnvironment;
  readonly #timer: Timer;
  #socket: UdpSocket | undefined;
  #hostname = '';
  /** The name that is tried or held; it differs from the host's after a conflict. */
  #label = '';
  #state: 'stopped' | 'probing' | 'announcing' | 'running' = 'stopped';
  #sent = 0;
  readonly #joined = new Set<string>();
  /** When a record was last multicast, by interface, family and record; section 6 allows once a second. */
  #multicast = new Map<string, number>();
  #conflicts: number[] = [];
  /** There were so many conflicts that further ones are taken slowly, until a name is held. */
  #disputed = false;

  constructor(environment: MdnsEnvironment) {
    this.#environment = environment;
    this.#timer = environment.clock.timer(() => this.#due());
  }

  /** The name that is held, with `.local`; undefined as long as that is not certain. */
  get name(): string | undefined {
    return this.#state === 'announcing' || this.#state === 'running' ? `${this.#label}.local` : undefined;
  }

  /** Begins, or takes another name. */
  start(hostname: string): void {
    const [label = ''] = hostname.split('.');
    if (this.#socket !== undefined && label === this.#hostname) return;
    this.stop();
    if (encodeDnsMessage({ ...emptyMessage, questions: [question(label)] }) === undefined || label === '') return;
    try {
      this.#socket = this.#environment.udp.open({ port: mdnsPort, shared: true });
    } catch {
      this.#environment.log('warning', 'Multicast DNS: its port is not free, so this machine has no name in .local.');
      return;
    }
    this.#socket.onDatagram = (datagram) => this.#receive(datagram);
    this.#hostname = label;
    this.#label = label;
    this.changed();
  }

  /** Says goodbye (section 10.1), and ends. */
  stop(): void {
    if (this.name !== undefined) this.#sayRecords(0);
    this.#timer.clear();
    this.#socket?.close();
    this.#socket = undefined;
    this.#joined.clear();
    this.#state = 'stopped';
  }

  /** An interface or an address came or went, or a carrier came back: section 8 begins again. */
  changed(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    for (const one of this.#environment.interfaces()) {
      if (this.#joined.has(one.name)) continue;
      this.#joined.add(one.name);
      for (const group of mdnsGroups) socket.join(group, one.name);
    }
    this.#probe(between(this.#environment.random, 0, probeSpacing));
  }

  #probe(delay: number): void {
    this.#state = 'probing';
    this.#sent = 0;
    this.#multicast.clear();
    this.#timer.setIn(delay);
  }

  #due(): void {
    if (this.#state === 'probing') {
      if (this.#sent < probes) {
        this.#sent++;
        this.#sayProbe();
        this.#timer.setIn(probeSpacing);
        return;
      }
      this.#state = 'announcing';
      this.#sent = 0;
    }
    if (this.#state !== 'announcing') return;
    this.#sent++;
    this.#sayRecords(hostTtl);
    if (this.#sent < announcements) this.#timer.setIn(second);
    else {
      this.#state = 'running';
      this.#disputed = false;
      this.#environment.log('info', `This machine is ${this.#label}.local.`);
    }
  }

  #sayProbe(): void {
    for (const one of this.#environment.interfaces()) {
      // Section 8.2: what is claimed, so that of two who claim the same at the same time one gives way.
      const authorities = this.#claims(one).map((record) => ({ ...record, class: record.class & ~topBit }));
      this.#multicastOn(one, { ...emptyMessage, questions: [question(this.#label)], authorities });
    }
  }

  #sayRecords(ttl: number): void {
    for (const one of this.#environment.interfaces()) {
      const answers = hostRecords(`${this.#label}.local`, one).map((record) => ({ ...record, ttl }));
      for (const record of answers) {
        for (const ipv4 of [true, false])
          this.#multicast.set(`${one.name} ${ipv4} ${dataKey(record)}`, this.#environment.clock.now);
      }
      this.#multicastOn(one, { ...emptyMessage, response: true, authoritative: true, answers });
    }
  }

  #claims(one: MdnsInterface): ResourceRecord[] {
    return hostRecords(`${this.#label}.local`, one).filter(({ data }) => data.kind === 'address');
  }

  #multicastOn(one: MdnsInterface, message: DnsMessage, only?: Address): void {
    const bytes = encodeDnsMessage(message);
    if (bytes === undefined || one.addresses.length === 0) return;
    for (const address of groupsOf(one)) {
      if (only !== undefined && isIpv4(only) !== isIpv4(address)) continue;
      this.#socket?.send(bytes, { address, port: mdnsPort }, { interface: one.name, hopLimit: 255 });
    }
  }

  #receive(datagram: Datagram): void {
    const one = this.#environment.interfaces().find(({ name }) => name === datagram.interface);
    if (one === undefined || one.addresses.includes(datagram.remote.address)) return;
    const message = parseDnsMessage(datagram.payload);
    if (message === undefined || message.opcode !== 0 || message.code !== 0) return;
    if (message.response) {
      // Section 11: what comes from beyond the link may say anything.
      if (datagram.remote.port === mdnsPort && datagram.hopLimit === 255) this.#heard(one, message.answers);
    } else if (this.#state === 'probing') this.#heardProbe(one, message);
    else this.#answer(one, message, datagram);
  }

  /** Records of others: of our name, but not ours, they are a conflict. Sections 8.1 and 9. */
  #heard(one: MdnsInterface, answers: readonly ResourceRecord[]): void {
    const own = new Set(this.#claims(one).map(dataKey));
    const conflicting = answers.some(
      (record) =>
        record.ttl > 0 &&
        (record.type === recordTypes.A || record.type === recordTypes.AAAA) &&
        sameName(record.name, `${this.#label}.local`) &&
        !own.has(dataKey(record)) &&
        !this.#isOwnElsewhere(record),
    );
    if (!conflicting) return;
    const { now } = this.#environment.clock;
    this.#conflicts = [...this.#conflicts.filter((at) => at > now - conflictLimit.within), now];
    this.#disputed ||= this.#conflicts.length >= conflictLimit.count;
    const pause = this.#disputed ? conflictLimit.pause : 0;
    if (this.#state === 'probing') {
      this.#label = nextName(this.#label);
      this.#environment.log('warning', `Another machine has that name in .local; this one tries ${this.#label}.local.`);
    }
    // Section 9: who has the name already finds out by probing whether it still may.
    this.#probe(pause);
  }

  /** Two interfaces may be on one link: then a host hears itself. */
  #isOwnElsewhere({ data }: ResourceRecord): boolean {
    if (data.kind !== 'address') return false;
    return this.#environment.interfaces().some(({ addresses }) => addresses.includes(data.address));
  }

  /** Somebody else claims the name at the same time: section 8.2. */
  #heardProbe(one: MdnsInterface, message: DnsMessage): void {
    const claims = message.authorities.filter((record) => sameName(record.name, `${this.#label}.local`));
    if (claims.length === 0 || !message.questions.some(({ name }) => sameName(name, `${this.#label}.local`))) return;
    if (!wins(this.#claims(one), claims)) this.#probe(second);
  }

  #answer(one: MdnsInterface, message: DnsMessage, { remote }: Datagram): void {
    const records = hostRecords(`${this.#label}.local`, one);
    const legacy = remote.port !== mdnsPort;
    // Section 7.1: what the asker knows for long enough is not said again.
    const known = new Set(message.answers.filter(({ ttl }) => ttl >= hostTtl / 2).map(dataKey));
    const wanted = new Set<ResourceRecord>();
    let unicast = legacy;
    for (const asked of message.questions.slice(0, 16)) {
      for (const record of matching(records, asked)) if (legacy || !known.has(dataKey(record))) wanted.add(record);
      unicast ||= (asked.class & topBit) !== 0;
    }
    if (wanted.size === 0) return;
    const answers = [...wanted];
    const response = { ...emptyMessage, response: true, authoritative: true };
    if (unicast) {
      const plain = answers.map((one) => ({ ...one, class: one.class & ~topBit, ttl: legacyTtl }));
      const bytes = encodeDnsMessage(
        legacy
          ? { ...response, id: message.id, questions: message.questions.slice(0, 16), answers: plain }
          : { ...response, answers },
      );
      if (bytes !== undefined) this.#socket?.send(bytes, remote, { interface: one.name, hopLimit: 255 });
      return;
    }
    const { now } = this.#environment.clock;
    const due = answers.filter((record) => {
      const key = `${one.name} ${isIpv4(remote.address)} ${dataKey(record)}`;
      const last = this.#multicast.get(key);
      if (last !== undefined && now - last < second) return false;
      this.#multicast.set(key, now);
      return true;
    });
    if (due.length > 0) this.#multicastOn(one, { ...response, answers: due }, remote.address);
  }
}

const question = (label: string): Question => ({ name: `${label}.local`, type: recordTypes.ANY, class: 1 | topBit });

/** The records that a question is about. Of a name of ours without such a record: which types there are instead. */
function matching(records: readonly ResourceRecord[], { name, type, class: asked }: Question): ResourceRecord[] {
  const isInternet = (asked & ~topBit) === 1 || (asked & ~topBit) === 255;
  const about = isInternet ? records.filter((record) => sameName(record.name, name)) : [];
  const found = about.filter((record) => record.type === type || type === recordTypes.ANY);
  return found.length > 0 ? found : about.filter((record) => record.type === recordTypes.NSEC);
}
