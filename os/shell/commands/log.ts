import type { LogRecord, Severity } from '../../control/protocol.ts';
import type { Arguments, Option } from '../language/arguments.ts';
import type { Presentation } from '../values/presentation.ts';
import { type Command, type Context, noOperands } from './command.ts';

const severities: readonly Severity[] = ['error', 'warning', 'info', 'debug'];
const defaultLimit = 100;

/** As on the serial line: seconds since boot, unit, and a word for what is out of the ordinary. */
const presentation: Presentation = {
  as: 'text',
  text: (value) => {
    const { uptime, unit, severity, message } = value as LogRecord;
    const mark = severity === 'info' ? '' : `${severity}: `;
    return `[${uptime.toFixed(6).padStart(12)}] ${unit}: ${mark}${message.trimEnd()}`;
  },
  colour: (value) =>
    (({ error: 'red', warning: 'yellow', info: undefined, debug: undefined }) as const)[(value as LogRecord).severity],
};

const limitOption: Option = { name: 'limit', value: 'N', summary: `the last N records (${defaultLimit} if not said)` };
const severityOption: Option = {
  name: 'severity',
  value: 'LEVEL',
  oneOf: severities,
  summary: `at least as severe: ${severities.join(', ')}`,
};

async function* records(args: Arguments, { control, signal }: Context, unit: string | undefined) {
  const severity = args.value('severity') as Severity | undefined;
  const limit = args.count('limit') ?? defaultLimit;
  yield* await control.request(
    { kind: 'log', limit, ...(unit === undefined ? {} : { unit }), ...(severity === undefined ? {} : { severity }) },
    signal,
  );
}

export const log: Command = {
  name: 'log',
  summary: 'what the system and its services reported',
  usage: 'log [--unit NAME] [--severity LEVEL] [--limit N]',
  operands: noOperands,
  options: [
    { name: 'unit', value: 'NAME', summary: 'only of kernel, init or one service' },
    severityOption,
    limitOption,
  ],
  examples: [
    { line: 'log --limit 1', explains: 'the last record', gives: [{ sequence: 3, unit: 'clock' }] },
    { line: 'log --severity warning', explains: 'what went wrong', gives: [{ severity: 'error' }] },
    { line: 'log --unit kernel', explains: 'the kernel alone', gives: [{ unit: 'kernel' }] },
    { line: 'log --severity loud', explains: 'a level that does not exist', status: 400 },
  ],
  presentation,
  run: (args, context) => records(args, context, args.value('unit')),
};

export const dmesg: Command = {
  name: 'dmesg',
  summary: 'what the kernel reported',
  usage: 'dmesg [--severity LEVEL] [--limit N]',
  operands: noOperands,
  options: [severityOption, limitOption],
  examples: [{ line: 'dmesg', explains: 'the same as log --unit kernel', gives: [{ unit: 'kernel', sequence: 1 }] }],
  presentation,
  run: (args, context) => records(args, context, 'kernel'),
};
