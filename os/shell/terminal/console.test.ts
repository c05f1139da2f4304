import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { fakeMachine } from '../fixture/machine.ts';
import { createLineShell } from '../line-shell.ts';
import { serveConsole } from './console.ts';
import type { Terminal } from './terminal.ts';

/** A terminal in memory. While `stuck` it takes nothing, as a serial line whose other end does not read. */
class MemoryTerminal implements Terminal {
  readonly closed: Promise<string | undefined>;
  text = '';
  stuck = false;
  hangUp: () => void = () => {};
  #listener: (chunk: Uint8Array) => void = () => {};
  #waiting: (() => void)[] = [];

  constructor() {
    this.closed = new Promise((resolve) => {
      this.hangUp = () => {
        resolve('hung up');
        this.unstick();
      };
    });
  }

  size = () => ({ columns: 80, rows: 25 });
  write(text: string): void {
    this.text += text;
  }
  async ready(): Promise<void> {
    // As with a real terminal, keys get their turn in between.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.stuck) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
  unstick(): void {
    this.stuck = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
  onData(listener: (chunk: Uint8Array) => void): void {
    this.#listener = listener;
  }
  async close(): Promise<void> {}
  type(text: string | Uint8Array): void {
    this.#listener(typeof text === 'string' ? Buffer.from(text) : text);
  }
}

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

function start(endOfInput: 'restart' | 'leave' = 'restart') {
  const machine = fakeMachine();
  const terminal = new MemoryTerminal();
  const stop = new AbortController();
  const options = { shell: createLineShell(machine), banner: async () => 'WELCOME\n', endOfInput };
  const served = serveConsole(terminal, options, stop.signal);
  open.push(machine, { [Symbol.dispose]: () => stop.abort() });
  const see = (text: string | RegExp) => vi.waitFor(() => expect(terminal.text).toMatch(text), { interval: 2 });
  return { machine, terminal, stop, served, see };
}

it('greets, prompts, echoes, answers and prompts again', async () => {
  const { terminal, see } = start();
  await see(/^WELCOME\npanos> $/);
  terminal.type('hostname\r');
  await see(/^WELCOME\npanos> hostname\nlighthouse\npanos> $/);
  terminal.type('hostname --json\r');
  await see(/\n\{"status":200,"values":\[\{"hostname":"lighthouse"\}\]\}\npanos> $/);
});

it('takes lines that were typed ahead in order', async () => {
  const { terminal, see } = start();
  terminal.type('echo one\recho two\r\necho three\n');
  await see(/one\npanos> echo two\ntwo\npanos> echo three\nthree\npanos> $/);
});

it('completes, and goes on with what was typed meanwhile', async () => {
  const { terminal, see } = start();
  terminal.type('cat /data/no\t\r');
  await see(/first line\nthe last\npanos> $/);
});

it('calls a command off at Ctrl-C and forgets what was typed ahead', async () => {
  const { terminal, machine, see } = start();
  writeFileSync(join(machine.root, 'data/huge'), 'line\n'.repeat(1_000_000));
  terminal.type('cat /data/huge\r');
  await see('line\nline\n');
  terminal.type('echo unwanted\r\x03');
  await see(/line\n\^C\npanos> $/);
  expect(terminal.text).not.toContain('unwanted');
});

it('does not read on while the terminal takes nothing', async () => {
  const { terminal, machine, see } = start();
  writeFileSync(join(machine.root, 'data/huge'), 'line\n'.repeat(1_000_000));
  await see('panos> ');
  terminal.stuck = true;
  terminal.type('cat /data/huge\r');
  await see('line\n');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(terminal.text.length).toBeLessThan(200);
  terminal.type('\x03');
  terminal.unstick();
  await see(/\^C\npanos> $/);
});

it('shows no prompt behind a command that takes the machine down', async () => {
  const { terminal, see } = start();
  terminal.type('poweroff\r');
  await see(/Switching the machine off\.\n$/);
  terminal.type('\x03');
  await see(/panos> $/);
});

it('starts a new session at Ctrl-D, or leaves', async () => {
  const machine = start();
  await machine.see('panos> ');
  machine.terminal.type('\x04');
  await machine.see(/panos> \nWELCOME\npanos> $/);
  const desk = start('leave');
  desk.terminal.type('\x04');
  expect(await desk.served).toBeUndefined();
});

it('ends when the terminal hangs up, also while a command runs', async () => {
  const { terminal, machine, served, see } = start();
  writeFileSync(join(machine.root, 'data/huge'), 'line\n'.repeat(1_000_000));
  terminal.type('cat /data/huge\r');
  await see('line\n');
  terminal.hangUp();
  expect(await served).toBe('hung up');
});

it('ends when it is told to stop', async () => {
  const { stop, served, see } = start();
  await see('panos> ');
  stop.abort();
  await served;
});

it('survives any bytes', async () => {
  const { terminal, see } = start();
  const noise = fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 300, seed: 4 });
  const pieces = ['\x1b', '\x1b[', '\t', '\r', 'ls ', '"', 'reboot --json\r', 'cat /'].map((text) => Buffer.from(text));
  noise.forEach((chunk, index) => {
    terminal.type(chunk);
    terminal.type(pieces[index % pieces.length] as Buffer);
  });
  // Through whatever state the noise left, Ctrl-C gives a fresh line.
  await vi.waitFor(
    () => {
      terminal.type('\x03\x03echo alive\r');
      expect(terminal.text).toContain('\nalive\n');
    },
    { interval: 20, timeout: 5000 },
  );
  await see('alive');
});
