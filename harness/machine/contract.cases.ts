/**
 * The contract suite: what every driver must do, as tests over a driver factory. It needs no operating system, only the
 * *lab guest*, a program on the machine's disk that speaks this language on the first serial port:
 *
 * - power-on: `lab guest: ready`, then the kernel's command line if it was started with one, each on a line of its own;
 * - every byte received is echoed; capital letters do something besides:
 *   `C` adds one to a counter in memory and prints `count 01` (two hexadecimal digits); `W` writes the counter to the disk,
 *   `written`; `L` reads it back, `count 01`; `R` resets the machine; `P` powers it off; `S` paints the screen, `drawn`;
 *   `H` prints what a Linux kernel says when it panics; `F` prints the provisioning value `greeting`, `given …`;
 *   `M` makes the pointer report: `mouse XX` for each byte;
 * - a key prints `key XX`, the scan code of set 1; the power button prints `power button` and powers off.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Deadline, DeadlineError } from '../../host/lib/deadline.ts';
import { Failure } from '../../host/lib/failure.ts';
import { type Driver, LabError, type Machine, type MachineSpec, type StopReason } from './contract.ts';
import { decodePng } from './png.ts';
import type { Profile } from './profile.ts';

/** One driver under test, with what the suite cannot know. */
export interface ContractSubject extends AsyncDisposable {
  readonly driver: Driver;
  /** Where the suite makes folders. */
  readonly directory: string;
  /** A profile with an input device for every capability, and one with a keyboard and a relative pointer only. */
  readonly profiles: { readonly full: Profile; readonly plain: Profile };
  /** Puts the lab guest on a disk below `directory`. */
  makeDisk(directory: string): Promise<MachineSpec['disk']>;
  /** Path of the lab guest as a kernel. */
  readonly kernel: string;
  /** Ends the hypervisor as a crash would. */
  crash(machine: Machine): Promise<void>;
  /** Processes and sockets of a machine that still exist, in words. */
  leftovers(name: string): Promise<readonly string[]>;
}

const patience = () => Deadline.in(10);

/** Waits until the guest has said `text` at least `times` times since power-on of the machine object. */
async function hears(machine: Machine, text: string, times = 1): Promise<void> {
  const said = () => machine.serial.history.split(text).length > times;
  const heard = Promise.withResolvers<void>();
  using _listening = machine.serial.onData(() => {
    if (said()) heard.resolve();
  });
  if (said()) return;
  await patience().race(heard.promise, `"${text}" (${times} times) from ${machine.name}`);
}

export function describeMachineContract(title: string, makeSubject: () => Promise<ContractSubject>): void {
  describe(`machine contract: ${title}`, () => {
    let subject: ContractSubject;
    let serialNumber = 0;

    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(async () => {
      await subject[Symbol.asyncDispose]();
    });

    async function specify(changes: Partial<MachineSpec> = {}): Promise<MachineSpec> {
      const name = changes.name ?? `contract-${++serialNumber}`;
      const directory = join(subject.directory, `${name}-${serialNumber}`);
      await mkdir(directory, { recursive: true });
      const disk = await subject.makeDisk(directory);
      return { name, profile: subject.profiles.plain, disk, directory, acceleration: 'tcg', ...changes };
    }

    const create = async (changes?: Partial<MachineSpec>) => subject.driver.create(await specify(changes));

    async function boot(changes?: Partial<MachineSpec>): Promise<Machine> {
      const machine = await create(changes);
      await machine.start(patience());
      await hears(machine, 'lab guest: ready\r\n');
      return machine;
    }

    /** Says `letter` and waits for the answer. */
    async function ask(machine: Machine, letter: string, answer: string, times = 1): Promise<void> {
      machine.serial.write(letter);
      await hears(machine, answer, times);
    }

    describe('life', () => {
      test('is available here', async () => {
        expect(await subject.driver.availability()).toEqual({ available: true });
      });

      test('off, running, off again after a power cut, and startable again', async () => {
        await using machine = await create();
        expect(machine.state).toBe('off');
        expect(machine.poweredOnAt).toBeUndefined();
        expect(machine.processes).toEqual([]);
        const before = performance.now();
        await machine.start(patience());
        expect(machine.state).toBe('running');
        expect(machine.poweredOnAt).toBeGreaterThanOrEqual(before);
        await hears(machine, 'lab guest: ready\r\n');
        await machine.cutPower();
        expect(machine.state).toBe('off');
        expect(machine.processes).toEqual([]);
        expect(await machine.stopped(patience())).toBe('power-cut' satisfies StopReason);
        await machine.start(patience());
        await hears(machine, 'lab guest: ready', 2);
        expect(machine.state).toBe('running');
      });

      test('cannot be started twice', async () => {
        await using machine = await boot();
        await expect(machine.start(patience())).rejects.toThrow(LabError);
        expect(machine.state).toBe('running');
      });

      test('a pause stops the guest and a resumption lets it go on', async () => {
        await using machine = await boot();
        await machine.pause();
        expect(machine.state).toBe('paused');
        machine.serial.write('C');
        const silence = Deadline.in(0.2).race(hears(machine, 'count'), 'a sound');
        await expect(silence).rejects.toThrow(DeadlineError);
        await machine.resume();
        expect(machine.state).toBe('running');
        await hears(machine, 'count 01');
      });

      test('the power button is a request that the guest fulfils', async () => {
        await using machine = await boot();
        const stopped = machine.stopped(patience());
        await machine.pressPowerButton();
        expect(await stopped).toBe('guest-shutdown');
        expect(machine.state).toBe('off');
        expect(machine.serial.history).toContain('power button');
        expect(await machine.stopped(patience())).toBe('guest-shutdown');
      });

      test.each(['guest', 'host'] as const)('a reset by the %s is announced and starts over', async (by) => {
        await using machine = await boot();
        await ask(machine, 'C', 'count 01');
        const rebooted = machine.rebooted(patience());
        if (by === 'guest') machine.serial.write('R');
        else await machine.reset();
        await rebooted;
        await hears(machine, 'lab guest: ready', 2);
        await ask(machine, 'C', 'count 01', 2);
      });

      test('a kernel panic is noticed', async () => {
        await using machine = await boot();
        const stopped = machine.stopped(patience());
        machine.serial.write('H');
        expect(await stopped).toBe('guest-panic');
      });

      test('a crash of the hypervisor is told apart from everything else', async () => {
        await using machine = await boot();
        const stopped = machine.stopped(patience());
        await subject.crash(machine);
        expect(await stopped).toBe('crashed');
        expect(machine.state).toBe('crashed');
        await expect(machine.reset()).rejects.toThrow(LabError);
      });

      test('verbs of a machine that is off say so', async () => {
        await using machine = await create();
        await expect(machine.reset()).rejects.toThrow(/off/);
        await expect(machine.keyboard.chord(['KeyA'])).rejects.toThrow(LabError);
        await expect(machine.screenshot(join(machine.spec.directory, 'no.png'))).rejects.toThrow(LabError);
        await expect(machine.stopped(patience())).rejects.toThrow(/never started/);
      });

      test('a wait ends at its deadline and names what did not happen', async () => {
        await using machine = await boot();
        const end = expect(machine.stopped(Deadline.in(0.05))).rejects;
        await end.toThrow(new DeadlineError(`the end of machine ${machine.name}`, 0.05));
        await expect(machine.rebooted(Deadline.in(0.05))).rejects.toThrow(DeadlineError);
      });
    });

    describe('serial line', () => {
      test('echoes what is sent and keeps the history', async () => {
        await using machine = await boot();
        expect(machine.serial.history).toMatch(/^lab guest: ready/);
        machine.serial.write('hello');
        await hears(machine, 'hello');
      });

      test('a listener hears until it is disposed of', async () => {
        await using machine = await boot();
        let heard = '';
        {
          using _listening = machine.serial.onData((text) => {
            heard += text;
          });
          await ask(machine, 'C', 'count 01\r\n');
        }
        await ask(machine, 'C', 'count 02');
        expect(heard).toBe('Ccount 01\r\n');
      });
    });

    describe('screen and input', () => {
      test('a screenshot is a picture of what the guest drew', async () => {
        await using machine = await boot();
        await ask(machine, 'S', 'drawn');
        const path = join(machine.spec.directory, 'screen.png');
        await machine.screenshot(path);
        const picture = decodePng(await readFile(path));
        expect(picture.width).toBeGreaterThanOrEqual(320);
        expect(picture.height).toBeGreaterThanOrEqual(200);
        const colours = new Set<number>();
        const pixels = Buffer.from(picture.rgb);
        for (let at = 0; at < pixels.length; at += 3) colours.add(pixels.readUIntBE(at, 3));
        expect(colours.size).toBeGreaterThan(16);
      });

      test('keys arrive pressed and released, in order', async () => {
        await using machine = await boot();
        await machine.keyboard.chord(['ShiftLeft', 'KeyA']);
        await hears(machine, 'key AA');
        expect(keysOf(machine)).toEqual(['2A', '1E', '9E', 'AA']);
      });

      test('text is typed on a US layout', async () => {
        await using machine = await boot();
        await machine.keyboard.type('aB');
        await hears(machine, 'key AA');
        expect(keysOf(machine)).toEqual(['1E', '9E', '2A', '30', 'B0', 'AA']);
      });

      test('keys and characters that do not exist are refused', async () => {
        await using machine = await boot();
        await expect(machine.keyboard.down('KeyÄ')).rejects.toThrow(/KeyÄ/);
        await expect(machine.keyboard.down('constructor')).rejects.toThrow(LabError);
        await expect(machine.keyboard.type('aä')).rejects.toThrow(/ä/);
        await ask(machine, 'C', 'count 01');
        expect(keysOf(machine)).toEqual([]);
      });

      test('a relative pointer moves and clicks', async () => {
        await using machine = await boot();
        machine.serial.write('M');
        await hears(machine, 'mouse FA');
        await machine.pointer.moveBy(5, 0);
        await hears(machine, 'mouse 05');
        await machine.pointer.button('left', true);
        await hears(machine, 'mouse 09');
      });

      test('what the profile has no device for is refused', async () => {
        await using machine = await boot();
        expect(machine.capabilities.has('touch')).toBe(false);
        await expect(machine.touch.down(0, 0.5, 0.5)).rejects.toThrow(/capability touch/);
        await expect(machine.pointer.moveTo(0.5, 0.5)).rejects.toThrow(/capability pointer-absolute/);
      });

      test('what the profile has a device for is accepted, and nonsense refused', async () => {
        await using machine = await boot({ profile: subject.profiles.full });
        await machine.pointer.moveTo(1, 0);
        await expect(machine.pointer.moveTo(1.1, 0)).rejects.toThrow(LabError);
        await machine.touch.down(0, 0.25, 0.25);
        await machine.touch.down(1, 0.75, 0.75);
        await expect(machine.touch.down(1, 0.5, 0.5)).rejects.toThrow(LabError);
        await machine.touch.move(1, 0.5, 0.5);
        await machine.touch.up(1);
        await expect(machine.touch.up(1)).rejects.toThrow(LabError);
        await machine.touch.up(0);
      });
    });

    describe('disk and saved states', () => {
      test('what was written to the disk outlives a power cut, memory does not', async () => {
        await using machine = await boot();
        await ask(machine, 'C', 'count 01');
        await ask(machine, 'W', 'written');
        await ask(machine, 'C', 'count 02');
        await machine.cutPower();
        await machine.start(patience());
        await hears(machine, 'lab guest: ready', 2);
        await ask(machine, 'L', 'count 01', 2);
      });

      test('a saved state goes on where it stood, and its restorations do not disturb one another', async () => {
        const stateDirectory = join(subject.directory, 'state');
        await using original = await boot();
        await ask(original, 'C', 'count 01');
        await ask(original, 'W', 'written');
        await ask(original, 'C', 'count 02');
        const state = await original.saveState(stateDirectory, patience());
        expect(original.state).toBe('running');
        await ask(original, 'C', 'count 03');
        await ask(original, 'W', 'written', 2);

        await using first = await subject.driver.restore(await specify(), state, patience());
        await using second = await subject.driver.restore(await specify(), state, patience());
        expect(first.state).toBe('running');
        expect(first.serial.history).not.toContain('ready');
        await ask(first, 'C', 'count 03');
        await ask(first, 'W', 'written');
        await ask(second, 'L', 'count 01');
        await ask(first, 'C', 'count 04');
        await ask(second, 'C', 'count 02');

        // A restored machine is a machine like any other: it can be saved and restored again.
        await expect(first.saveState(stateDirectory, patience())).rejects.toThrow(/already/);
        const again = await first.saveState(join(subject.directory, 'state-again'), patience());
        await using third = await subject.driver.restore(await specify(), again, patience());
        await ask(third, 'L', 'count 03');
      });

      test('a state of other hardware, and a folder without a state, are refused', async () => {
        await using machine = await boot();
        const state = await machine.saveState(join(machine.spec.directory, 'state'), patience());
        const other = await specify({ profile: subject.profiles.full });
        await expect(subject.driver.restore(other, state, patience())).rejects.toThrow(Failure);
        const nothing = { directory: join(machine.spec.directory, 'nothing') };
        await expect(subject.driver.restore(await specify(), nothing, patience())).rejects.toThrow(/save one first/);
      });
    });

    describe('surroundings', () => {
      test('forwards get free host ports', async () => {
        const forwards = [
          { guestPort: 22, hostPort: 0 },
          { guestPort: 80, hostPort: 0 },
        ];
        await using first = await boot({ forwards });
        await using second = await boot({ forwards });
        const ports = [...first.forwards, ...second.forwards].map(({ hostPort }) => hostPort);
        expect(first.forwards.map(({ guestPort }) => guestPort).sort()).toEqual([22, 80]);
        expect(new Set(ports).size).toBe(4);
        expect(Math.min(...ports)).toBeGreaterThan(0);
      });

      test('each network card has a cable that can be pulled, and a saved machine keeps its cards', async () => {
        const networks = [{ kind: 'user' }, { kind: 'user' }] as const;
        await using machine = await boot({ networks });
        await machine.setLink(0, false);
        await machine.setLink(1, false);
        await expect(machine.setLink(7, false)).rejects.toThrow(/7/);
        const state = await machine.saveState(join(machine.spec.directory, 'state'), patience());
        await expect(subject.driver.restore(await specify(), state, patience())).rejects.toThrow(/network cards/);
        await using restored = await subject.driver.restore(await specify({ networks }), state, patience());
        await restored.setLink(1, true);
      });

      test('provisioning data reaches the guest unchanged', async () => {
        await using machine = await boot({ provisioning: { greeting: 'one, two = "three"' } });
        await ask(machine, 'F', 'given one, two = "three"\r\n');
      });

      test('a kernel starts instead of the disk, with its command line', async () => {
        await using machine = await create({ kernel: { image: subject.kernel, commandLine: 'panos.safe quiet,loud' } });
        await machine.start(patience());
        await hears(machine, 'lab guest: ready\r\npanos.safe quiet,loud');
      });

      test('a name belongs to one machine at a time', async () => {
        const name = 'contract-name';
        {
          await using _first = await create({ name });
          await expect(create({ name })).rejects.toThrow(Failure);
          await expect(create({ name })).rejects.toThrow(/contract-name is in use already/);
        }
        await using second = await create({ name });
        expect(second.state).toBe('off');
        await expect(create({ name: 'Not A Name' })).rejects.toThrow(Failure);
      });

      test('nothing is left of a machine that was disposed of, whatever it did', async () => {
        const machine = await boot();
        expect(await subject.leftovers(machine.name)).not.toEqual([]);
        await machine[Symbol.asyncDispose]();
        expect(await subject.leftovers(machine.name)).toEqual([]);
        await machine[Symbol.asyncDispose]();

        const crashed = await boot();
        await subject.crash(crashed);
        await crashed[Symbol.asyncDispose]();
        expect(await subject.leftovers(crashed.name)).toEqual([]);
      });

      test('evidence is files that exist, the serial log among them', async () => {
        await using machine = await boot();
        await ask(machine, 'C', 'count 01');
        const evidence = await machine.evidence();
        for (const { path } of evidence) expect((await stat(path)).isFile()).toBe(true);
        const log = evidence.find(({ name }) => name === 'serial log');
        expect(await readFile(log?.path ?? '', 'utf8')).toContain('count 01');
        expect(evidence.map(({ mediaType }) => mediaType)).toContain('image/png');
      });
    });
  });
}

/** Scan codes that the guest saw. */
const keysOf = (machine: Machine): string[] =>
  [...machine.serial.history.matchAll(/key ([0-9A-F]{2})/g)].map((match) => match[1] ?? '');
