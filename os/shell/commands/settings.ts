import type { Answers } from '../../control/protocol.ts';
import { type Command, noOperands } from './command.ts';

export const settings: Command = {
  name: 'settings',
  summary: 'the settings in force, and what was wrong with those that were given',
  usage: 'settings',
  operands: noOperands,
  options: [],
  examples: [
    {
      line: 'settings',
      explains: 'the outcome of defaults, panos.json and the seed disk',
      gives: [{ settings: { hostname: 'lighthouse' }, problems: ['panos.json: "colour" is no setting'] }],
    },
  ],
  presentation: {
    as: 'text',
    text: (value) => {
      const { settings, problems } = value as Answers['settings'];
      return [...flatten(settings, ''), ...problems.map((problem) => `problem: ${problem}`)].join('\n');
    },
    colour: (value) => ((value as Answers['settings']).problems.length > 0 ? 'yellow' : undefined),
  },
  async *run(_args, { control, signal }) {
    yield await control.request({ kind: 'settings' }, signal);
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
