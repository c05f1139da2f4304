import { expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { splitWords } from './words.ts';

const command = {
  name: 'log',
  options: [
    { name: 'unit', summary: '', value: 'NAME' },
    { name: 'severity', summary: '', value: 'LEVEL', oneOf: ['error', 'info'] },
    { name: 'limit', summary: '', value: 'N' },
    { name: 'all', summary: '' },
  ],
  operands: { least: 0, most: 1, are: 'text' },
} as const;
const parse = (line: string) => parseArguments(splitWords(line), command);

it('takes values attached or apart', () => {
  const parsed = parse('--unit=kernel --limit 5 --all word');
  expect([parsed.value('unit'), parsed.count('limit'), parsed.has('all'), parsed.has('json')]).toEqual([
    'kernel',
    5,
    true,
    false,
  ]);
  expect(parsed.operands).toEqual(['word']);
});

it.each([
  ['-- --all', ['--all']],
  ['"--all"', ['--all']],
  ['-5', ['-5']],
  ['-', ['-']],
])('%s has no option', (line, operands) => expect(parse(line).operands).toEqual(operands));

it.each([
  ['--unti x', 'log has no option --unti; try --unit'],
  ['-la', 'log has no option -la; it takes --unit, --severity, --limit, --all, --json'],
  ['--unit', '--unit needs a value: --unit NAME'],
  ['--all=1', '--all is a switch and takes no value'],
  ['--severity loud', '--severity is one of error, info, not "loud"'],
  ['a b', 'log does not know what to do with "b"; type "help log"'],
])('%s is refused with advice', (line, message) =>
  expect(() => parse(line)).toThrow(expect.objectContaining({ status: 400, message })),
);

it.each(['0', '-1', '1.5', 'many', '9999999999'])('--limit %s is refused', (count) =>
  expect(() => parse(`--limit=${count}`).count('limit')).toThrow(expect.objectContaining({ status: 400 })),
);
