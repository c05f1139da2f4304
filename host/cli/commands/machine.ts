/** Commands about machines that are running already. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RunningMachine } from '../../../harness/drivers/qemu/driver.ts';
import type { Machine } from '../../../harness/machine/contract.ts';
import { Deadline } from '../../lib/deadline.ts';
import { usageFailure } from '../../lib/failure.ts';
import { attachToConsole } from '../attach.ts';
import { parseChord } from '../keys.ts';
import { type Lab, openLab } from '../lab.ts';
import { terminalProgress } from '../terminal-progress.ts';
import { shutDown } from './up.ts';

interface NameOption {
  readonly name?: string;
}

const nameOption = ['--name <name>', 'which machine, when several are running'] as const;

/** Seconds for what takes an instant on a healthy machine. */
const patience = 10;

export function addMachineCommands(program: Command): void {
  program
    .command('down')
    .description('shut the machine down, as its power button would')
    .option(...nameOption)
    .option('--all', 'every machine of this checkout')
    .action(down);
  program
    .command('status')
    .description('what is running, and how to reach it')
    .option('--json', 'print one JSON document')
    .action(status);
  program
    .command('console')
    .description('connect this terminal with the serial console; Ctrl+] leaves')
    .option(...nameOption)
    .action((options: NameOption) =>
      withMachine(options, async (machine) => {
        await attachToConsole(machine, 2000);
      }),
    );
  program
    .command('screenshot <file.png>')
    .description('write a picture of the screen')
    .option(...nameOption)
    .action((file: string, options: NameOption) =>
      withMachine(options, (machine) => machine.screenshot(resolve(file))),
    );
  program
    .command('key <keys...>')
    .description('press keys: Super, Super+Left, Ctrl+Alt+Delete, a; several chords one after the other')
    .option(...nameOption)
    .action((keys: string[], options: NameOption) => {
      const chords = keys.map(parseChord);
      return withMachine(options, async (machine) => {
        for (const chord of chords) await machine.keyboard.chord(chord);
      });
    });
  program
    .command('type <text>')
    .description('type text on the keyboard (US layout)')
    .option(...nameOption)
    .action((text: string, options: NameOption) => withMachine(options, (machine) => machine.keyboard.type(text)));
}

async function down(options: NameOption & { readonly all?: true }): Promise<void> {
  const progress = terminalProgress();
  const lab = await openLab(progress, true);
  const running = await lab.driver.list();
  const names = options.all ? running.map(({ name }) => name) : [choose(running, options.name).name];
  for (const name of names) {
    await using machine = await lab.driver.attach(name, Deadline.in(patience));
    await progress.step(`Shutting ${name} down`, () => shutDown(machine));
  }
}

async function status({ json }: { readonly json?: true }): Promise<void> {
  const lab = await openLab(terminalProgress(), true);
  const machines = (await lab.driver.list()).map(describe);
  if (json) {
    // The first machine's values stand at the top, as programs that know of one machine expect.
    process.stdout.write(`${JSON.stringify({ running: machines.length > 0, ...machines[0], machines })}\n`);
    return;
  }
  if (machines.length === 0) process.stdout.write('No machine is running. ./panos up starts one.\n');
  for (const { name, profile, accel, pid, serialLog } of machines) {
    process.stdout.write(
      `${name}\n  profile     ${profile} (${accel})\n  process     ${pid}\n  serial log  ${serialLog}\n`,
    );
  }
}

function describe({ name, spec, hypervisor, detached, forwards = [] }: RunningMachine) {
  const ssh = forwards.find(({ guestPort }) => guestPort === 22);
  return {
    name,
    profile: spec.profile.name,
    accel: spec.acceleration,
    detached,
    pid: hypervisor?.pid ?? null,
    ssh: ssh ? { host: '127.0.0.1', port: ssh.hostPort } : null,
    // No desktop yet: there is nothing to open.
    desktop: null,
    serialLog: `${spec.directory}/serial.log`,
  };
}

/** The machine that was named, or the only one. */
function choose(running: readonly RunningMachine[], name: string | undefined): RunningMachine {
  const found = name === undefined ? running[0] : running.find((machine) => machine.name === name);
  const names = running.map((machine) => machine.name).join(', ');
  if (name === undefined && running.length > 1)
    throw usageFailure(`Several machines are running (${names}): choose one with --name.`);
  if (found) return found;
  if (running.length === 0) throw usageFailure('No machine is running: start one with ./panos up.');
  throw usageFailure(`No machine is named ${name}: these are running: ${names}.`);
}

async function withMachine(options: NameOption, work: (machine: Machine, lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openLab(terminalProgress(), true);
  const { name } = choose(await lab.driver.list(), options.name);
  await using machine = await lab.driver.attach(name, Deadline.in(patience));
  await work(machine, lab);
}
