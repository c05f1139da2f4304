import { badArguments } from '../values/status.ts';
import type { Command } from './command.ts';

const actions = ['start', 'stop', 'restart'] as const;
const isAction = (word: string | undefined): word is (typeof actions)[number] =>
  (actions as readonly (string | undefined)[]).includes(word);

export const services: Command = {
  name: 'services',
  summary: 'the services and their states; start, stop or restart one',
  usage: 'services [start|stop|restart NAME]',
  operands: { least: 0, most: 2, are: 'services' },
  options: [],
  examples: [
    { line: 'services', explains: 'all of them', gives: [{ name: 'console', state: 'ready' }, { name: 'clock' }] },
    {
      line: 'services stop clock',
      explains: 'end one until it is started',
      gives: [{ name: 'clock', state: 'stopped' }],
    },
    { line: 'services restart clock', explains: 'end it and start it again', gives: [{ name: 'clock' }] },
    { line: 'services stop clokc', explains: 'a name that nobody has', status: 404 },
    { line: 'services clock', explains: 'say what to do with it', status: 400 },
  ],
  presentation: {
    as: 'table',
    columns: [
      { key: 'name' },
      {
        key: 'state',
        colours: { ready: 'green', failed: 'red', 'backing-off': 'yellow', starting: 'yellow', waiting: 'yellow' },
      },
      { key: 'since', unit: 'instant' },
      { key: 'pid' },
      { key: 'restarts' },
      { key: 'memory', unit: 'bytes' },
      { key: 'lastExit', title: 'last exit' },
      { key: 'description' },
    ],
    empty: 'There are no services (safe mode has none).',
  },
  async *run(args, { control, signal }) {
    const [action, name] = args.operands;
    if (action === undefined) {
      yield* await control.request({ kind: 'services' }, signal);
      return;
    }
    if (!isAction(action) || name === undefined) {
      throw badArguments(`say what to do and with which service: services ${actions.join('|')} NAME`);
    }
    yield await control.request({ kind: 'service', name, action }, signal);
  },
};
