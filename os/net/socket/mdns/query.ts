/** One-shot questions by multicast: RFC 6762, section 5.1. */
import type { Clock } from '../../environment/clock.ts';
import { below, type Random } from '../../environment/random.ts';
import { isLinkLocal } from '../../wire/address.ts';
import { emptyMessage, encodeDnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { sameName } from '../../wire/dns/name.ts';
import { internetClass, type ResourceRecord, recordTypes } from '../../wire/dns/record.ts';
import type { Datagram, UdpLayer, UdpSocket } from '../udp-contract.ts';
import { groupsOf, type MdnsInterface, mdnsPort, topBit } from './protocol.ts';

export interface MdnsQueryEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: UdpLayer;
  readonly interfaces: () => readonly MdnsInterface[];
}

/** Milliseconds between the two questions, and from the second one to giving up. */
const waits = [500, 1500] as const;
/** Milliseconds: other answers to the same question may be right behind the first. */
const linger = 50;
/** What is taken of answers. */
const mostRecords = 16;
/** Questions at the same time. */
const mostQueries = 32;

/** Asks the machines on the links. Give it to `DnsResolver` as `multicast`. */
export class MdnsQuerier {
  readonly #environment: MdnsQueryEnvironment;
  #underWay = 0;

  constructor(environment: MdnsQueryEnvironment) {
    this.#environment = environment;
  }

  /** Records of a name; none when nobody answers within two seconds. Never rejects. */
  ask(name: string, type: number): Promise<readonly ResourceRecord[]> {
    const socket = this.#underWay < mostQueries ? this.#open() : undefined;
    if (socket === undefined) return Promise.resolve([]);
    const { clock, random, interfaces } = this.#environment;
    const id = below(random, 65536);
    const questions = [{ name, type, class: internetClass }];
    const query = encodeDnsMessage({ ...emptyMessage, id, questions });
    this.#underWay++;
    return new Promise((resolve) => {
      const found: ResourceRecord[] = [];
      let asked = 0;
      const end = () => {
        timer.clear();
        this.#underWay--;
        socket.onDatagram = undefined;
        socket.close();
        resolve(found);
      };
      const next = () => {
        if (query === undefined || found.length > 0 || asked === waits.length) {
          end();
          return;
        }
        for (const one of interfaces()) {
          for (const address of groupsOf(one)) {
            socket.send(query, { address, port: mdnsPort }, { interface: one.name, hopLimit: 255 });
          }
        }
        timer.setIn(waits[asked++] ?? 0);
      };
      const timer = clock.timer(next);
      socket.onDatagram = (datagram) => {
        const answer = answersIn(datagram, id, name, type);
        if (answer === undefined || found.length >= mostRecords) return;
        // That there is nothing of this type is an answer too: RFC 6762, section 6.1.
        found.push(...answer.slice(0, mostRecords - found.length));
        if (found.length === 0) end();
        else timer.setIn(linger);
      };
      next();
    });
  }

  #open(): UdpSocket | undefined {
    try {
      return this.#environment.udp.open();
    } catch {
      return undefined;
    }
  }
}

/** The records that answer; none of them when the name has no such record; undefined when it is no answer. */
function answersIn({ payload, remote }: Datagram, id: number, name: string, type: number) {
  if (remote.port !== mdnsPort) return undefined;
  const message = parseDnsMessage(payload);
  // Section 18: whoever answers a plain query repeats its id.
  if (message === undefined || !message.response || message.id !== id || message.code !== 0) return undefined;
  const records = message.answers
    .map((record) => ({ ...record, class: record.class & ~topBit }))
    .filter((record) => record.class === internetClass && sameName(record.name, name));
  const matching = records.filter(({ data, type: one }) => one === type && data.kind !== 'opaque');
  if (matching.length > 0) {
    // A link-local address is worth nothing without its interface, which a name's address cannot carry.
    const global = matching.filter(({ data }) => data.kind !== 'address' || !isLinkLocal(data.address));
    return global.length > 0 ? global : matching;
  }
  return records.some((record) => record.type === recordTypes.NSEC) ? [] : undefined;
}
