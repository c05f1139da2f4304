import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { abortable } from './abortable.ts';
import type { Command } from './commands/command.ts';
import { fakeMachine } from './fixture/machine.ts';
import { createLineShell } from './line-shell.ts';
import { newSession } from './shell.ts';

const machine = fakeMachine();
afterAll(() => machine[Symbol.dispose]());
const shell = createLineShell(machine);
const never = new AbortController().signal;

async function run(line: string, signal: AbortSignal = never) {
  const execution = shell.execute(line, newSession(), signal);
  const values = await Array.fromAsync(execution);
  return { values, json: execution.json, ...execution.outcome };
}

describe('a line', () => {
  it.each([
    ['', 200, undefined],
    ['hlep', 404, 'there is no command "hlep"; did you mean help?'],
    ['cd /data', 404, 'there is no command "cd"; name paths in full, as in "ls /data"'],
    ['constructor', 404, 'there is no command "constructor"; type help for the list'],
    ['echo "open', 400, 'a quote is not closed: add " where the word ends'],
    ['ls | cat', 400, 'put quotes around "|": this shell has no pipes, redirections or lists yet'],
    ['cat', 400, 'cat needs more words; type "help cat"'],
    ['cat /data/../data/none', 404, '/data/none: there is no file or folder of that name; look with ls'],
    ['cat /data/notes.txt/x', 400, '/data/notes.txt/x: a part of that path is a file, not a folder'],
    ['ls /proc/../../../etc', 404, '/etc: there is no file or folder of that name; look with ls'],
  ])('%j → %i', async (line, status, error) =>
    expect(await run(line)).toMatchObject({ status, ...(error && { error }) }),
  );

  it.each([
    ['hlep --json', true],
    ['echo "x --json', true],
    ['ls --json | cat', true],
    ['echo -- --json', false],
    ['echo "--json"', false],
  ])('%j is answered in JSON: %s', async (line, json) => expect((await run(line)).json).toBe(json));

  it('asks PID 1 to go down and remembers that', async () => {
    const session = newSession();
    await Array.fromAsync(shell.execute('reboot', session, never));
    expect(machine.control.asked.at(-1)).toEqual({ kind: 'power', action: 'reboot' });
    expect(session.leaving).toBe(true);
  });

  it('never throws, whatever it is', async () => {
    const word = fc.constantFrom(
      'ls',
      'cat',
      'log',
      'help',
      'services',
      '--json',
      '--unit',
      '"',
      "'",
      '\\',
      '/data',
      '-',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(word, fc.string({ unit: 'binary' }))), async (words) => {
        const { status } = await run(words.join(' '));
        expect(status).toBeGreaterThanOrEqual(200);
        // 500 is a defect of ours, and nothing of this is.
        expect(status).not.toBe(500);
      }),
    );
  });
});

describe('cat', () => {
  it('cuts a file without line ends into bounded lines, and loses nothing', async () => {
    const content = 'ü'.repeat(100_000);
    writeFileSync(join(machine.root, 'data/long'), content);
    const { values } = await run('cat /data/long');
    const contents = values.map((value) => (value as { content: string }).content);
    expect(Math.max(...contents.map((each) => each.length))).toBeLessThanOrEqual(4096);
    expect(contents.join('')).toBe(content);
  });

  it('reads no further than its values are taken', async () => {
    writeFileSync(join(machine.root, 'data/huge'), 'line\n'.repeat(1_000_000));
    let taken = 0;
    const execution = shell.execute('cat /data/huge', newSession(), never);
    for await (const _ of execution) if (++taken === 10) break;
    expect(execution.outcome.status).toBe(499);
  });

  it('takes any bytes', async () => {
    const path = join(machine.root, 'data/bytes');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        writeFileSync(path, bytes);
        const { status, values } = await run('cat /data/bytes');
        expect(status).toBe(200);
        const text = Buffer.from(bytes).toString('utf8').replace(/\n$/, '');
        expect(values.map((value) => (value as { content: string }).content).join('\n')).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});

describe('cancelling', () => {
  it('ends a command that does not listen', async () => {
    const deaf: Command = {
      ...(machine.commands.get('echo') as Command),
      async *run() {
        yield { text: 'one' };
        await new Promise(() => {});
      },
    };
    const stop = new AbortController();
    const execution = createLineShell({ ...machine, commands: new Map([['echo', deaf]]) }).execute(
      'echo',
      newSession(),
      stop.signal,
    );
    const seen: object[] = [];
    for await (const value of execution) {
      seen.push(value);
      setTimeout(() => stop.abort(), 5);
    }
    expect(seen).toEqual([{ text: 'one' }]);
    expect(execution.outcome).toEqual({ status: 499, error: 'cancelled' });
  });

  it('tells the source to end', async () => {
    let ended = false;
    async function* source() {
      try {
        for (;;) yield 1;
      } finally {
        ended = true;
      }
    }
    const stop = new AbortController();
    await expect(async () => {
      for await (const _ of abortable(source(), stop.signal)) stop.abort();
    }).rejects.toMatchObject({ status: 499 });
    expect(ended).toBe(true);
  });
});

describe('completion', () => {
  const complete = async (line: string) => {
    const { start, candidates } = await shell.complete(line, line.length, newSession());
    return candidates.map(({ text }) => line.slice(0, start) + text);
  };

  it.each([
    ['', expect.arrayContaining(['help', 'ls'])],
    ['re', ['reboot', 'resolve']],
    ['help re', ['help reboot', 'help resolve']],
    ['ls /d', ['ls /data/']],
    ['ls /data/', ['ls /data/deep/', 'ls /data/notes.txt', 'ls /data/shortcut']],
    ['ls da', ['ls data/']],
    ['cat "/data/my f', ['cat "/data/my file"']],
    ['cat /data/my', ['cat "/data/my file"']],
    ['services re', ['services restart']],
    ['services restart c', ['services restart clock', 'services restart console']],
    ['services restart clock c', []],
    ['log --s', ['log --severity']],
    ['log --severity w', ['log --severity warning']],
    ['ls /none/', []],
    ['nothing x', []],
    ['ls | c', []],
  ])('%j', async (line, expected) => {
    writeFileSync(join(machine.root, 'data/my file'), '');
    const hidden =
      line === 'ls /data/' ? ['ls "/data/my file"', 'ls /data/bytes', 'ls /data/huge', 'ls /data/long'] : [];
    const found = await complete(line);
    expect(found.filter((each) => !hidden.includes(each))).toEqual(expected);
  });
});
