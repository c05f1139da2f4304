import type { Answers } from '../../control/protocol.ts';
import { badArguments } from '../values/status.ts';
import type { Command } from './command.ts';

export const settings: Command = {
  name: 'settings',
  summary: 'the settings in force and what is wrong with them; read them anew',
  usage: 'settings [reload]',
  operands: { least: 0, most: 1, are: 'text' },
  options: [],
  examples: [
    {
      line: 'settings',
      explains: 'the outcome of defaults, panos.json and the seed disk',
      gives: [{ settings: { hostname: 'lighthouse' }, problems: ['panos.json: "colour" is no setting'] }],
    },
    {
      line: 'settings reload',
      explains: 'after a change; host name and network apply at once, the rest at the next start',
      gives: [{ settings: { hostname: 'lighthouse' } }],
    },
    { line: 'settings set', explains: 'they are changed in panos.json', status: 400 },
  ],
  presentation: {
    as: 'text',
    text: (value) => {
      const { settings, problems } = value as Answers['settings'];
      return [...flatten(settings, ''), ...problems.map((problem) => `problem: ${problem}`)].join('\n');
    },
    colour: (value) => ((value as Answers['settings']).problems.length > 0 ? 'yellow' : undefined),
  },
  async *run(args, { control, signal }) {
    const [action] = args.operands;
    if (action !== undefined && action !== 'reload') throw badArguments('it is settings, or settings reload');
    yield await control.request({ kind: action === undefined ? 'settings' : 'reload-settings' }, signal);
  },
};

/** `log.serial = "warning"`: one line for each leaf. */
function* flatten(value: unknown, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    yield `${path || 'settings'} = ${JSON.stringify(value)}`;
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`;
    yield* flatten(inner, path + step);
  }
}
