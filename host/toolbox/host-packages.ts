import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { machineFailure } from '../lib/failure.ts';
import type { Progress } from '../lib/progress.ts';

/** A program or header that must be on the machine itself, and the Debian package that brings it. */
export interface HostNeed {
  readonly program?: string;
  readonly header?: string;
  readonly package: string;
}

/** What building a Linux kernel runs. libelf: for objtool, a program of the kernel's own build. */
export const kernelBuildNeeds: readonly HostNeed[] = [
  { program: 'gcc', package: 'gcc' },
  { program: 'make', package: 'make' },
  { program: 'ld', package: 'binutils' },
  { program: 'flex', package: 'flex' },
  { program: 'bison', package: 'bison' },
  { program: 'bc', package: 'bc' },
  { program: 'lz4', package: 'lz4' },
  { program: 'tar', package: 'tar' },
  { program: 'xz', package: 'xz-utils' },
  { header: 'stdlib.h', package: 'libc6-dev' },
  { header: 'gelf.h', package: 'libelf-dev' },
];

/**
 * Makes sure that this machine has `needs`: installs what is missing where that is allowed (root, with apt).
 * @param purpose what they are for: "Building the kernel".
 * @throws Failure (3) with the command to run where it is not.
 */
export async function ensureHostPackages(
  needs: readonly HostNeed[],
  purpose: string,
  progress: Progress,
): Promise<void> {
  const missing = await missingPackages(needs);
  if (missing.length === 0) return;
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  const advice = `run: sudo apt-get update && sudo ${command.join(' ')}`;
  if (process.getuid?.() !== 0 || !(await inPath('apt-get'))) {
    throw machineFailure(`${purpose} needs ${missing.join(', ')}: ${advice}`);
  }
  await progress.step(`Installing ${missing.join(', ')}`, async () => {
    const [program = '', ...args] = command;
    const options = {
      env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdin: 'ignore',
      reject: false,
    } as const;
    let result = await execa(program, args, options);
    if (result.failed) {
      await execa('apt-get', ['update'], options);
      result = await execa(program, args, options);
    }
    const still = await missingPackages(needs);
    if (result.failed || still.length > 0) {
      const reason = /^E: (.*)$/m.exec(result.stderr)?.[1] ?? `${still.join(', ')} still missing`;
      throw machineFailure(
        `${purpose} needs ${missing.join(', ')}, which apt could not install (${reason}): ${advice}`,
      );
    }
  });
}

/** The packages of those needs that this machine does not meet. */
export async function missingPackages(needs: readonly HostNeed[], path = process.env['PATH']): Promise<string[]> {
  const missing: string[] = [];
  for (const need of needs) {
    const met =
      need.program !== undefined
        ? await inPath(need.program, path)
        : await anyExists(['/usr/include', '/usr/include/x86_64-linux-gnu'].map((at) => join(at, need.header ?? '')));
    if (!met) missing.push(need.package);
  }
  return missing;
}

const inPath = (program: string, path = process.env['PATH'] ?? ''): Promise<boolean> =>
  anyExists(
    path.split(delimiter).map((folder) => join(folder, program)),
    constants.X_OK,
  );

async function anyExists(paths: readonly string[], mode = constants.F_OK): Promise<boolean> {
  for (const path of paths) {
    if (
      await access(path, mode).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
