/** Links in memory: a switch whose ports are links, over a clock that is moved by hand. For simulated networks. */
import type { SteppedClock, Timer } from '../environment/clock.ts';
import type { Random } from '../environment/random.ts';
import { ethernetHeader } from '../wire/ethernet.ts';
import { isGroupMac, type MacAddress, readMac } from '../wire/mac.ts';
import type { Conditions } from './conditions.ts';
import { Weather } from './conditions.ts';
import type { FrameInfo, FrameRoom, Link, LinkCounters, LinkOffload, Unfinished } from './link.ts';

export interface PortOptions {
  readonly mtu?: number;
  /** Default: none, so that every frame is as it would be on a wire. */
  readonly offload?: LinkOffload;
  /** What happens to frames on their way out of the host. Default: nothing, and no delay. */
  readonly conditions?: Conditions;
}

/** A frame on its way. */
interface Flying {
  readonly bytes: Uint8Array;
  readonly info: FrameInfo;
  readonly from: Port;
}

/** Sees every frame that a switch carries, as it leaves its sender. */
export type Observer = (frame: Uint8Array, from: string, at: number) => void;

const plain: FrameInfo = { checksum: 'unknown', segmentSize: 0 };
const noOffload: LinkOffload = { checksum: false, segmentation: 0 };

/** An Ethernet switch: frames go to the port whose address they name, or to all. */
export class Switch {
  readonly clock: SteppedClock;
  readonly random: Random;
  readonly #ports: Port[] = [];
  observer: Observer | undefined;

  constructor(clock: SteppedClock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  port(name: string, mac: MacAddress, options: PortOptions = {}): Port {
    const port = new Port(this, name, mac, options);
    this.#ports.push(port);
    return port;
  }

  /** For ports: a frame has arrived at the switch. */
  carry({ bytes, info, from }: Flying): void {
    const to = readMac(bytes, 0);
    for (const port of this.#ports) {
      if (port !== from && (isGroupMac(to) || port.mac === to)) port.deliver(bytes, info);
    }
  }

  remove(port: Port): void {
    const index = this.#ports.indexOf(port);
    if (index !== -1) this.#ports.splice(index, 1);
  }
}

/** One end of a cable to a {@link Switch}. */
export class Port implements Link {
  readonly name: string;
  readonly mac: MacAddress;
  readonly mtu: number;
  readonly offload: LinkOffload;
  onFrame: Link['onFrame'] = () => {};
  onBatchEnd: () => void = () => {};
  onWritable: () => void = () => {};
  onChange: () => void = () => {};
  readonly #switch: Switch;
  readonly #weather: Weather<Flying>;
  readonly #arrivals: { bytes: Uint8Array; info: FrameInfo }[] = [];
  readonly #arrival: Timer;
  readonly #counters = {
    receivedFrames: 0,
    receivedBytes: 0,
    receivedDropped: 0,
    sentFrames: 0,
    sentBytes: 0,
    sentDropped: 0,
  };
  #plugged = true;
  #groups: ReadonlySet<MacAddress> = new Set();

  constructor(
    owner: Switch,
    name: string,
    mac: MacAddress,
    { mtu = 1500, offload = noOffload, conditions }: PortOptions,
  ) {
    this.#switch = owner;
    this.name = name;
    this.mac = mac;
    this.mtu = mtu;
    this.offload = offload;
    this.#weather = new Weather(owner.clock, owner.random, conditions ?? {}, (frame) => owner.carry(frame));
    this.#arrival = owner.clock.timer(() => this.#handOver());
  }

  get up(): boolean {
    return this.#plugged;
  }

  get counters(): LinkCounters {
    return this.#counters;
  }

  /** Pulls the cable, or puts it back. */
  set plugged(plugged: boolean) {
    if (plugged === this.#plugged) return;
    this.#plugged = plugged;
    this.onChange();
  }

  /** What happens to frames from now on. */
  set conditions(conditions: Conditions) {
    this.#weather.conditions = conditions;
  }

  reserve(length: number): FrameRoom {
    const bytes = new Uint8Array(length);
    return {
      bytes,
      view: new DataView(bytes.buffer),
      start: 0,
      commit: (used, unfinished) => this.#send(bytes.subarray(0, used), unfinished),
      cancel: () => {},
    };
  }

  flush(): void {}

  setGroups(groups: ReadonlySet<MacAddress>): void {
    this.#groups = groups;
  }

  close(): void {
    this.#switch.remove(this);
  }

  /** A frame from the switch. It is handed over with all others of the same moment, as one batch. */
  deliver(bytes: Uint8Array, info: FrameInfo): void {
    const to = readMac(bytes, 0);
    const broadcast = to === '\uffff\uffff\uffff';
    if (!this.#plugged || (isGroupMac(to) && !broadcast && !this.#groups.has(to))) return;
    this.#arrivals.push({ bytes, info });
    this.#arrival.setIn(0);
  }

  #handOver(): void {
    for (const { bytes, info } of this.#arrivals.splice(0)) {
      this.#counters.receivedFrames += 1;
      this.#counters.receivedBytes += bytes.length;
      this.onFrame(bytes, 0, bytes.length, info);
    }
    this.onBatchEnd();
  }

  #send(bytes: Uint8Array, unfinished: Unfinished | undefined): void {
    this.#counters.sentFrames += 1;
    this.#counters.sentBytes += bytes.length;
    const segmentSize = unfinished?.segment?.size ?? 0;
    if (segmentSize === 0 && bytes.length > this.mtu + ethernetHeader) {
      throw new RangeError(`${this.name}: a frame of ${bytes.length} bytes is longer than its MTU allows`);
    }
    this.#switch.observer?.(bytes, this.name, this.#switch.clock.now);
    if (!this.#plugged) return;
    // What the link was to finish it vouches for, as a virtual link between two hosts does.
    const info: FrameInfo = unfinished === undefined ? plain : { checksum: 'verified', segmentSize };
    this.#weather.pass({ bytes, info, from: this }, bytes.length);
  }
}
