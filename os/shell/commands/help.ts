import { nearest } from '../language/nearest.ts';
import { CommandError } from '../values/status.ts';
import type { Command, Example } from './command.ts';

interface Summary {
  readonly name: string;
  readonly summary: string;
  /** Only when one command is asked for. */
  readonly usage?: string;
  readonly options?: readonly { readonly name: string; readonly summary: string }[];
  readonly examples?: readonly Pick<Example, 'line' | 'explains'>[];
}

export const help: Command = {
  name: 'help',
  summary: 'what the commands do; help COMMAND tells how one is used',
  usage: 'help [COMMAND]',
  operands: { least: 0, most: 1, are: 'commands' },
  options: [],
  examples: [
    { line: 'help', explains: 'every command with one line about it' },
    { line: 'help free', explains: 'how one command is used', gives: [{ name: 'free', usage: 'free' }] },
    { line: 'help fere', explains: 'a slip of the finger is met with advice', status: 404 },
  ],
  presentation: { as: 'text', text: (value) => asText(value as Summary) },
  *run(args, { commands }) {
    const [name] = args.operands;
    if (name === undefined) {
      for (const { name, summary } of commands.values()) yield { name, summary };
      return;
    }
    const command = commands.get(name);
    if (command === undefined) throw unknownCommand(name, commands.keys());
    const { summary, usage, options, examples } = command;
    yield {
      name,
      summary,
      usage,
      options: options.map(({ name, short, summary, value }) => ({
        name: `${name}${value ? ` ${value}` : ''}${short ? `, -${short}` : ''}`,
        summary,
      })),
      examples: examples.map(({ line, explains }) => ({ line, explains })),
    };
  },
};

function asText({ name, summary, usage, options, examples }: Summary): string {
  if (usage === undefined) return `${name.padEnd(10)} ${summary}`;
  const lines = [`${name}: ${summary}`, '', 'Usage', `  ${usage} [--json]`];
  if (options?.length)
    lines.push('', 'Options', ...options.map((each) => `  --${each.name.padEnd(16)} ${each.summary}`));
  if (examples?.length)
    lines.push('', 'Examples', ...examples.map((each) => `  ${each.line.padEnd(24)} ${each.explains}`));
  return lines.join('\n');
}

// What people type who know other systems, and how the same thing is reached here.
const knownElsewhere: Readonly<Record<string, string>> = {
  cd: 'name paths in full, as in "ls /data"',
  dir: 'try ls',
  arp: 'try ip neigh',
  curl: 'try fetch',
  dig: 'try resolve',
  exit: 'there is no login to leave; poweroff switches the machine off',
  halt: 'try poweroff',
  host: 'try resolve',
  ifconfig: 'try ip addr',
  journalctl: 'try log',
  less: 'try cat',
  logout: 'there is no login to leave; poweroff switches the machine off',
  man: 'try help',
  more: 'try cat',
  netstat: 'try sockets',
  nslookup: 'try resolve',
  route: 'try ip route',
  shutdown: 'try poweroff or reboot',
  systemctl: 'try services',
  tcpdump: 'try capture',
  top: 'try ps or free',
  wget: 'try fetch',
};

/** 404 for a word that is no command, with the best advice there is. */
export function unknownCommand(word: string, names: Iterable<string>): CommandError {
  const elsewhere = Object.hasOwn(knownElsewhere, word) ? knownElsewhere[word] : undefined;
  const meant = nearest(word, names);
  const advice = elsewhere ?? (meant === undefined ? 'type help for the list' : `did you mean ${meant}?`);
  const shown = word.length > 40 ? `${word.slice(0, 40)}...` : word;
  return new CommandError(404, `there is no command "${shown}"; ${advice}`);
}
