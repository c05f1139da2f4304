/** Three hosts on two cables: whoever is measured, and the peer, whose stack is Linux's; between them nothing, or a bad cable. */
import { join } from 'node:path';
import { execa } from 'execa';
import { Deadline } from '../../../host/lib/deadline.ts';
import { repository } from '../../../host/lib/paths.ts';
import type { Toolbox } from '../../../host/toolbox/toolbox.ts';
import { LabError } from '../../machine/contract.ts';
import { LabHost } from '../../network/host.ts';

/** Who is measured: our stack, or Linux's in its place. */
export type Subject = 'ours' | 'linux';
export const subjects: readonly Subject[] = ['ours', 'linux'];

/** One way, milliseconds; frames of data that are lost, 0 to 1. */
export interface BadCable {
  readonly delay: number;
  readonly loss: number;
}

/** A subject on its cable. */
interface Place {
  readonly host: LabHost;
  readonly address: string;
  readonly peer: string;
}

type Work = Readonly<Record<string, string | number>>;

const networks = { ours: '192.0.2', linux: '198.51.100' } as const;
/** Seconds in which a host or a program must be there, and those in which it must have done its work. */
const patience = { start: 15, work: 120 } as const;

const program = (name: string): readonly [string, ...string[]] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(repository, 'os/netd/bench', name),
];

export class NetworkLaboratory implements AsyncDisposable {
  readonly #toolbox: Toolbox;
  readonly #peer: LabHost;
  readonly #places: Readonly<Record<Subject, Place>>;
  readonly #others: LabHost[];
  /** Whether frames are as long as on a wire, because what lies between may not cut them. */
  readonly #wholeFrames: boolean;

  private constructor(
    toolbox: Toolbox,
    peer: LabHost,
    places: Readonly<Record<Subject, Place>>,
    others: LabHost[],
    wholeFrames: boolean,
  ) {
    this.#toolbox = toolbox;
    this.#peer = peer;
    this.#places = places;
    this.#others = others;
    this.#wholeFrames = wholeFrames;
  }

  /**
   * @param toolbox the set `lab`
   * @param directory for logs
   * @throws Failure (machine) where network namespaces are not to be had
   */
  static async open(toolbox: Toolbox, directory: string, bad?: BadCable): Promise<NetworkLaboratory> {
    const made: LabHost[] = [];
    const host = async (name: string): Promise<LabHost> => {
      const one = await LabHost.create(name, toolbox, join(directory, name), Deadline.in(patience.start), made[0]);
      made.push(one);
      return one;
    };
    try {
      const peer = await host('peer');
      const places = {
        ours: await placed('ours', await host('ours')),
        linux: await placed('linux', await host('linux')),
      };
      const others: LabHost[] = [];
      for (const subject of subjects) {
        if (bad === undefined) await cable(peer, places[subject].host, subject);
        else others.push(await badCable(peer, places[subject].host, subject, bad, await host(`cable-${subject}`)));
      }
      const { linux } = places;
      await linux.host.ip(
        `address add ${linux.address}/24 dev eth0`,
        // The yardstick is CUBIC, whatever this machine is set to.
        `route replace ${networks.linux}.0/24 dev eth0 congctl cubic`,
      );
      const laboratory = new NetworkLaboratory(toolbox, peer, places, others, bad !== undefined);
      await peer.start({
        name: 'services',
        program: [...program('main.ts')] as [string, ...string[]],
        arguments: () => [JSON.stringify({ stack: 'linux', work: { kind: 'serve' } })],
        ready: /ready/,
      });
      return laboratory;
    } catch (error) {
      for (const one of made) await one[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What a subject made of some work (os/netd/bench/main.ts): a number. @throws LabError */
  async measure(subject: Subject, work: Work): Promise<number> {
    const { host, peer } = this.#places[subject];
    const assignment = { stack: this.#stack(subject), work: { ...work, to: peer } };
    const [command, ...words] = [...host.namespace.enter, ...program('main.ts'), JSON.stringify(assignment)] as const;
    const result = await execa(command, words, {
      stdin: 'ignore',
      reject: false,
      timeout: patience.work * 1000,
      env: { ...this.#toolbox.environment },
    });
    const number = Number(result.stdout);
    if (result.failed || result.stdout === '' || !Number.isFinite(number)) {
      throw new LabError(
        `${String(work['kind'])} by ${subject} was not measured: ${result.stderr || result.shortMessage}`,
      );
    }
    return number;
  }

  /** Round trips of echo requests from the peer to a subject: milliseconds, as ping tells them. */
  async roundTrips(subject: Subject, count: number): Promise<readonly number[]> {
    const { host, address } = this.#places[subject];
    const server =
      subject === 'ours'
        ? await host.start({
            name: 'answering',
            program: [...program('main.ts')] as [string, ...string[]],
            arguments: () => [JSON.stringify({ stack: this.#stack(subject), work: { kind: 'serve' } })],
            ready: /ready/,
          })
        : undefined;
    try {
      // The first ones find the neighbour.
      await this.#peer.pings(address, 5);
      const said = await this.#peer.run('ping', ['-n', '-i', '0.005', '-c', String(count), address]);
      return [...said.matchAll(/ time=([\d.]+) ms/g)].map(([, time]) => Number(time));
    } finally {
      await server?.stop('SIGKILL');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hosts = [...this.#others, this.#places.ours.host, this.#places.linux.host, this.#peer];
    for (const host of hosts) await host[Symbol.asyncDispose]();
  }

  #stack(subject: Subject): unknown {
    const { address } = this.#places[subject];
    return subject === 'linux' ? 'linux' : { interface: 'eth0', address, offload: !this.#wholeFrames };
  }
}

async function placed(subject: Subject, host: LabHost): Promise<Place> {
  return { host, address: `${networks[subject]}.1`, peer: `${networks[subject]}.2` };
}

const process_ = (host: LabHost): number => host.namespace.identity.process;

/** A cable from `eth0` of a host to the peer. */
async function cable(peer: LabHost, host: LabHost, subject: Subject): Promise<void> {
  await peer.ip(
    `link add ${subject} type veth peer name eth0 netns ${process_(host)}`,
    `address add ${networks[subject]}.2/24 dev ${subject}`,
    `link set ${subject} up`,
  );
  await host.ip('link set eth0 up');
}

const macs = { subject: '02:00:00:00:00:01', peer: '02:00:00:00:00:02' } as const;

/** The same with something in between that loses data of the subject, and delays everything. */
async function badCable(
  peer: LabHost,
  host: LabHost,
  subject: Subject,
  { delay, loss }: BadCable,
  middle: LabHost,
): Promise<LabHost> {
  // The cable's ends have the addresses of those who are beyond it, or they would take no frame for them.
  await middle.ip(
    `link add near type veth peer name eth0 netns ${process_(host)}`,
    `link add far type veth peer name ${subject} netns ${process_(peer)}`,
    `link set near address ${macs.peer}`,
    `link set far address ${macs.subject}`,
  );
  await host.ip(`link set eth0 address ${macs.subject}`, 'link set eth0 gso_max_segs 1', 'link set eth0 up');
  await peer.ip(
    `link set ${subject} address ${macs.peer}`,
    `link set ${subject} gso_max_segs 1`,
    `address add ${networks[subject]}.2/24 dev ${subject}`,
    `link set ${subject} up`,
  );
  await middle.start({
    name: 'cable',
    program: [...program('cable.ts')] as [string, ...string[]],
    arguments: () => [
      JSON.stringify({ ends: ['near', 'far'], conditions: [{ delay, loss }, { delay }], seed: Date.now() % 1_000_000 }),
    ],
    ready: /ready/,
  });
  return middle;
}
