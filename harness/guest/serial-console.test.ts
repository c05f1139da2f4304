import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Deadline, DeadlineError } from '../../host/lib/deadline.ts';
import { ExpectationError, LabError, type Machine, type MachineSpec } from '../machine/contract.ts';
import { FakeDriver } from '../machine/fake/fake-driver.ts';
import type { FakeGuest, Surroundings } from '../machine/fake/guest.ts';
import { SerialConsole } from './serial-console.ts';

/** A guest with a prompt, colours, log records in the middle of everything, and a few commands. */
class ConsoleGuest implements FakeGuest {
  readonly #around: Surroundings;
  #line = '';

  constructor(surroundings: Surroundings) {
    this.#around = surroundings;
  }

  boot(): void {
    this.#around.print('[    0.100000] panos init: PanoramicData.Os 1 is starting\r\n');
    this.#prompt();
  }

  resume(): void {}

  receive(character: string): void {
    if (character !== '\r') {
      this.#line += character;
      // Echoed in colour; the kernel speaks in the middle of the word.
      this.#around.print(`\x1b[1m${character}\x1b[0m`);
      if (this.#line === 'e') this.#around.print('\r\n[    5.000001] kernel: warning: hot\r\n');
      return;
    }
    const line = this.#line;
    this.#line = '';
    this.#around.print('\r\n');
    this.#run(line);
  }

  #run(line: string): void {
    const json = line.endsWith(' --json');
    const word = line.split(' ')[0] ?? '';
    if (word === 'poweroff') this.#around.powerOff();
    if (word === 'poweroff' || word === 'hang') return;
    if (word === 'echo' && json)
      this.#around.print('{"status":200,"values":[{"text":"x"}]}\r\n[    6.000000] log: late\r\n');
    else if (word === 'echo') this.#around.print('x\r\n');
    else if (word === 'talk') this.#around.print('no JSON today\r\n');
    else if (word !== '' && json) this.#around.print(`{"status":404,"error":"no ${word}"}\r\n`);
    this.#prompt();
  }

  #prompt(): void {
    this.#around.print('\x1b[32mpanos> \x1b[0m');
  }
}

let directory: string;
let driver: FakeDriver;
let count = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'panos-guest-'));
  driver = new FakeDriver((surroundings) => new ConsoleGuest(surroundings));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const soon = () => Deadline.in(2);

const spec = (): MachineSpec => ({
  name: `guest-${++count}`,
  profile: {
    name: 'fake',
    description: 'a fake',
    hypervisor: 'qemu',
    chipset: 'q35',
    firmware: 'bios',
    disk: 'ahci',
    network: 'e1000',
    display: 'std',
    input: 'usb',
    processors: 1,
    memory: 64,
  },
  disk: { path: join(directory, `disk-${count}`), format: 'raw' },
  directory,
  acceleration: 'tcg',
});

async function booted(): Promise<{ machine: Machine; console: SerialConsole }> {
  const machine = await driver.create(spec());
  await machine.start(soon());
  return { machine, console: new SerialConsole(machine) };
}

describe('reading', () => {
  test('text is found when it was said before, and when it comes later', async () => {
    const { console } = await booted();
    const [, version] = await console.waitForText(/PanoramicData.Os (\d+) is starting/, soon());
    expect(version).toBe('1');
    await console.waitForText('PanoramicData.Os 1', soon());
    const late = console.waitForText('hot', soon());
    await console.run('echo x', soon());
    await late;
  });

  test('text from before "since" does not count', async () => {
    const { machine, console } = await booted();
    await console.waitForPrompt(soon());
    const since = console.position;
    await expect(console.waitForText('is starting', Deadline.in(0.05), { since })).rejects.toThrow(DeadlineError);
    const again = console.waitForText(/is starting/g, soon(), { since });
    await machine.reset();
    await again;
  });

  test('a wait names what did not come', async () => {
    const { console } = await booted();
    await expect(console.waitForText(/never/, Deadline.in(0.05))).rejects.toThrow('/never/ on the serial line');
  });

  test('the end of the machine ends a wait at once', async () => {
    const { machine, console } = await booted();
    const wait = console.waitForText('never', Deadline.in(60));
    await machine.cutPower();
    await expect(wait).rejects.toThrow(ExpectationError);
    await expect(wait).rejects.toThrow(/power-cut/);
  });
});

describe('commands', () => {
  test('are typed, echoed through noise, and answered', async () => {
    const { machine, console } = await booted();
    expect(await console.run('echo x', soon())).toEqual({ status: 200, values: [{ text: 'x' }], error: undefined });
    expect(await console.run('nonsense', soon())).toEqual({ status: 404, values: [], error: 'no nonsense' });
    expect(machine.serial.history).not.toContain('undefined');
  });

  test('show people text', async () => {
    const { console } = await booted();
    expect(await console.runText('echo x', soon())).toBe('x');
  });

  test("that do not answer are the lab's fault, or run into the deadline", async () => {
    const { console } = await booted();
    await expect(console.run('talk', soon())).rejects.toThrow(LabError);
    await expect(console.run('hang', Deadline.in(0.1))).rejects.toThrow('the answer to "hang"');
  });

  test('of several lines are refused before anything is typed', async () => {
    const { machine, console } = await booted();
    await expect(console.enter('a\rb', soon())).rejects.toThrow(LabError);
    expect(machine.serial.history).not.toContain('a\x1b');
  });

  test('that end the machine need no answer', async () => {
    const { machine, console } = await booted();
    const stopped = machine.stopped(soon());
    await console.enter('poweroff', soon());
    expect(await stopped).toBe('guest-shutdown');
  });

  test('a restored machine, which shows nothing, is asked for its prompt', async () => {
    const { machine } = await booted();
    const state = await machine.saveState(join(directory, 'state'), soon());
    const restored = await driver.restore(spec(), state, soon());
    expect(restored.serial.history).toBe('');
    expect((await new SerialConsole(restored).run('echo x', soon())).status).toBe(200);
  });

  test('a prompt from before a reboot is none', async () => {
    const { machine, console } = await booted();
    await console.waitForPrompt(soon());
    await machine.reset();
    expect((await console.run('echo x', soon())).status).toBe(200);
  });
});
