import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import * as v from 'valibot';
import { writeFileAtomically } from '../../../host/lib/atomic-file.ts';
import { Deadline } from '../../../host/lib/deadline.ts';
import { machineFailure } from '../../../host/lib/failure.ts';
import { cacheDirectory } from '../../../host/lib/paths.ts';
import { accelerators } from './devices.ts';
import { QemuDriver } from './driver.ts';
import { trialDisk, trialWords } from './lab-guest/trial.ts';
import { diesWithParent } from './process.ts';
import type { QemuTools } from './tools.ts';

export interface AccelerationChoice {
  readonly acceleration: 'kvm' | 'tcg';
  /** Half a sentence for people: why this one. */
  readonly reason: string;
}

export interface AccelerationOptions {
  /** Where the answer of the trial is kept; default {@link cacheDirectory}. */
  readonly cache?: string;
  /** Default `/dev/kvm`. */
  readonly device?: string;
}

/** Seconds that each trial guest has. */
const trialSeconds = 2;
/** A KVM that mostly hangs has been seen to let one guest in several through: once is no proof. */
const trials = 2;

const trialRecord = v.object({ boot: v.string(), qemu: v.string(), works: v.boolean(), reason: v.string() });

/**
 * `kvm` and `tcg` as asked; for `auto`, KVM if trial guests run under it. `/dev/kvm` alone proves nothing: it may exist
 * and every guest hang. The outcome of the trial is kept until the host boots again or QEMU changes.
 * @throws Failure (machine) when KVM was asked for and cannot be used, or there is no QEMU.
 */
export async function chooseAcceleration(
  asked: 'auto' | 'kvm' | 'tcg',
  tools: QemuTools,
  options: AccelerationOptions = {},
): Promise<AccelerationChoice> {
  if (asked === 'tcg') return { acceleration: 'tcg', reason: 'as asked' };
  const { works, reason } = await kvmWorks(tools, options);
  if (works) return { acceleration: 'kvm', reason };
  if (asked === 'kvm') throw machineFailure(`KVM cannot be used on this machine (${reason}): use --accel tcg`);
  return { acceleration: 'tcg', reason };
}

async function kvmWorks(tools: QemuTools, options: AccelerationOptions): Promise<{ works: boolean; reason: string }> {
  const device = options.device ?? '/dev/kvm';
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { works: false, reason: missing ? `there is no ${device}` : `${device} may not be opened by this user` };
  }
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const qemu = await new QemuDriver(tools).version();
  const cache = options.cache ?? cacheDirectory;
  const path = join(cache, 'acceleration.json');
  const known = await readRecord(path);
  if (known?.boot === boot && known.qemu === qemu) return known;
  const works = await runTrials(tools);
  const reason = works ? 'trial guests ran under KVM' : 'a trial guest under KVM printed nothing within two seconds';
  await mkdir(cache, { recursive: true });
  await writeFileAtomically(path, JSON.stringify({ boot, qemu, works, reason }));
  return { works, reason };
}

async function readRecord(path: string): Promise<v.InferOutput<typeof trialRecord> | undefined> {
  try {
    return v.parse(trialRecord, JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function runTrials(tools: QemuTools): Promise<boolean> {
  for (let trial = 0; trial < trials; trial++) {
    if (!(await trialGuestRuns(tools, accelerators.kvm))) return false;
  }
  return true;
}

/**
 * Whether a guest of a quarter of a second's work gets through it in time. Never waits longer, not even for the end of
 * a process that hangs in the kernel.
 * @param accelerator words of QEMU's command line
 */
export async function trialGuestRuns(tools: QemuTools, accelerator: readonly string[]): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'panos-trial-'));
  const disk = join(directory, 'disk.img');
  await writeFile(disk, trialDisk());
  const [program = '', ...words] = [
    ...[...diesWithParent, ...tools.command, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...tools.dataDirectories.flatMap((folder) => ['-L', folder]),
    ...['-machine', 'q35', '-m', '256M', '-smp', '2', '-serial', 'stdio', ...accelerator],
    ...['-drive', `file=${disk.replaceAll(',', ',,')},format=raw,if=ide`],
  ];
  const child = execa(program, words, {
    stdin: 'ignore',
    stderr: 'ignore',
    buffer: false,
    reject: false,
    env: { ...tools.environment },
  });
  try {
    const passed = new Promise<boolean>((done) => {
      let said = '';
      child.stdout.on('data', (chunk: Uint8Array) => {
        said += String(chunk);
        if (said.includes(trialWords)) done(true);
      });
      child.then(() => done(false));
    });
    return await Deadline.in(trialSeconds).race(passed, 'the trial guest');
  } catch {
    return false;
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.nodeChildProcess.unref();
    await rm(directory, { recursive: true, force: true });
  }
}
