import { reaching } from '../values/network-failure.ts';
import { type Command, noOperands } from './command.ts';

const named = (name: string, explains: string): Command => ({
  name,
  summary: name === 'ss' ? 'the same as sockets' : 'the connections and listeners of this machine',
  usage: name,
  operands: noOperands,
  options: [],
  examples: [{ line: name, explains, gives: [{ protocol: 'tcp', state: 'established', local: '192.0.2.10:50000' }] }],
  presentation: {
    as: 'table',
    columns: [
      { key: 'protocol' },
      { key: 'state', colours: { established: 'green' } },
      { key: 'local' },
      { key: 'remote' },
      { key: 'receiveQueue', title: 'to read', unit: 'bytes' },
      { key: 'sendQueue', title: 'to send', unit: 'bytes' },
      { key: 'roundTrip', title: 'round trip ms' },
      { key: 'congestionWindow', title: 'window', unit: 'bytes' },
      { key: 'retransmits' },
    ],
    empty: 'There are no sockets.',
  },
  /** `roundTrip` is in milliseconds. */
  async *run(_args, { network, signal }) {
    yield* await reaching((await network()).sockets(signal));
  },
});

export const sockets = named('sockets', 'who talks with whom');
export const ss = named('ss', 'for those who know it so');
