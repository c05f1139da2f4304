import type { NetworkStatus } from '../../sockets/status.ts';
import type { Arguments } from '../language/arguments.ts';
import { nearest } from '../language/nearest.ts';
import { reaching } from '../values/network-failure.ts';
import type { Column } from '../values/presentation.ts';
import { badArguments } from '../values/status.ts';
import type { Command } from './command.ts';

type Family = 4 | 6 | undefined;

interface View {
  readonly columns: readonly Column[];
  readonly empty: string;
  rows(status: NetworkStatus): readonly object[];
  /** Of a row, for -4 and -6; absent where rows have none. */
  familyOf?(row: never): 4 | 6;
}

const familyOfText = (text: string): 4 | 6 => (text.includes(':') ? 6 : 4);
const seconds = { unit: 'seconds' } as const;

const views: Readonly<Record<string, View>> = {
  addr: {
    columns: [
      { key: 'interface' },
      { key: 'address' },
      { key: 'prefixLength', title: 'prefix' },
      { key: 'origin' },
      { key: 'state', colours: { preferred: 'green', tentative: 'yellow', deprecated: 'yellow', duplicate: 'red' } },
      { key: 'validFor', title: 'valid for', ...seconds },
      { key: 'preferredFor', title: 'preferred for', ...seconds },
    ],
    empty: 'There are no addresses.',
    rows: ({ interfaces }) =>
      interfaces.flatMap(({ name, addresses }) => addresses.map((address) => ({ interface: name, ...address }))),
    familyOf: ({ family }: { family: 4 | 6 }) => family,
  },
  link: {
    columns: [
      { key: 'name' },
      { key: 'up', colours: { true: 'green', false: 'red' } },
      { key: 'mac' },
      { key: 'mtu' },
      { key: 'receivedFrames', title: 'received' },
      { key: 'receivedBytes', title: 'bytes', unit: 'bytes' },
      { key: 'receivedDropped', title: 'dropped' },
      { key: 'sentFrames', title: 'sent' },
      { key: 'sentBytes', title: 'bytes', unit: 'bytes' },
      { key: 'sentDropped', title: 'dropped' },
    ],
    empty: 'There are no network interfaces.',
    rows: ({ interfaces }) => interfaces.map(({ addresses: _, leases: __, ...link }) => link),
  },
  route: {
    columns: [
      { key: 'destination' },
      { key: 'gateway' },
      { key: 'interface' },
      { key: 'metric' },
      { key: 'origin' },
      { key: 'expiresIn', title: 'expires in', ...seconds },
    ],
    empty: 'There are no routes.',
    rows: ({ routes }) => routes,
    familyOf: ({ destination }: { destination: string }) => familyOfText(destination),
  },
  neigh: {
    columns: [
      { key: 'address' },
      { key: 'interface' },
      { key: 'mac' },
      { key: 'state', colours: { reachable: 'green', failed: 'red' } },
      { key: 'router' },
    ],
    empty: 'There are no neighbours.',
    rows: ({ neighbours }) => neighbours,
    familyOf: ({ address }: { address: string }) => familyOfText(address),
  },
  lease: {
    columns: [
      { key: 'interface' },
      { key: 'protocol' },
      { key: 'state' },
      { key: 'address' },
      { key: 'server' },
      { key: 'renewIn', title: 'renew in', ...seconds },
      { key: 'expiresIn', title: 'expires in', ...seconds },
    ],
    empty: 'There are no leases.',
    rows: ({ interfaces }) =>
      interfaces.flatMap(({ name, leases }) => leases.map((lease) => ({ interface: name, ...lease }))),
    familyOf: ({ protocol }: { protocol: string }) => (protocol === 'dhcp4' ? 4 : 6),
  },
};

/** `route`, `r`, `routes`, `address`: the first that begins so, or that is the beginning. */
const viewNamed = (word: string): View | undefined => {
  const name = Object.keys(views).find((each) => each.startsWith(word) || word.startsWith(each));
  return name === undefined ? undefined : views[name];
};

export const ip: Command = {
  name: 'ip',
  summary: 'addresses, interfaces, routes, neighbours and leases',
  usage: 'ip [addr|link|route|neigh|lease] [-4] [-6]',
  operands: { least: 0, most: 1, are: 'text' },
  options: [
    { name: 'ipv4', short: '4', summary: 'only of IPv4' },
    { name: 'ipv6', short: '6', summary: 'only of IPv6' },
  ],
  examples: [
    {
      line: 'ip addr',
      explains: 'the addresses of this machine',
      gives: [
        { interface: 'eth0', address: '192.0.2.10', prefixLength: 24, origin: 'dhcp', state: 'preferred' },
        { interface: 'eth0', address: '2001:db8::10', family: 6 },
      ],
    },
    { line: 'ip addr -6', explains: 'only IPv6', gives: [{ address: '2001:db8::10' }] },
    {
      line: 'ip link',
      explains: 'the interfaces, and how much went through them',
      gives: [{ name: 'eth0', up: true }],
    },
    {
      line: 'ip route',
      explains: 'which way packets go',
      gives: [{ destination: '0.0.0.0/0', gateway: '192.0.2.1', interface: 'eth0' }],
    },
    { line: 'ip neigh', explains: 'who is known on the link', gives: [{ address: '192.0.2.1', state: 'reachable' }] },
    { line: 'ip lease', explains: 'what DHCP lent', gives: [{ protocol: 'dhcp4', state: 'bound' }] },
    { line: 'ip adr', explains: 'a part that does not exist', status: 400 },
  ],
  presentation: (args: Arguments) => {
    const { columns, empty } = viewNamed(args.operands[0] ?? 'addr') ?? { columns: [], empty: '' };
    return { as: 'table', columns, empty };
  },
  async *run(args, { network, signal }) {
    const [word = 'addr'] = args.operands;
    const view = viewNamed(word);
    if (view === undefined) {
      const meant = nearest(word, Object.keys(views));
      throw badArguments(
        `ip knows ${Object.keys(views).join(', ')}; ${meant ? `did you mean ${meant}?` : 'choose one'}`,
      );
    }
    const family: Family = args.has('ipv4') === args.has('ipv6') ? undefined : args.has('ipv4') ? 4 : 6;
    const status = await reaching((await network()).status(signal));
    for (const row of view.rows(status)) {
      if (family === undefined || (view.familyOf?.(row as never) ?? family) === family) yield row;
    }
  },
};
