import { createWriteStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../host/lib/failure.ts';
import { noSpace } from './source.ts';

/** Where a build happens. */
export interface Workplace {
  readonly source: string;
  readonly objects: string;
  /** Everything that make wrote. */
  readonly log: string;
  /** What stands for "now". */
  readonly date: Date;
}

/** Variables of a developer's shell that would change the kernel. */
const foreign =
  /^(KBUILD_|KCONFIG_|KCFLAGS$|KCPPFLAGS$|KAFLAGS$|LDFLAGS|CFLAGS|CPPFLAGS|MAKE|MFLAGS$|CROSS_COMPILE$|ARCH$|CC$|LD$|LLVM|W$|V$|C$|O$|M$|LOCALVERSION$|INSTALL)/;

/** The environment that makes builds of the same source equal (Documentation/kbuild/reproducible-builds.rst). */
export function buildEnvironment(date: Date, inherited: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(inherited).filter(([name, value]) => value !== undefined && !foreign.test(name));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    LC_ALL: 'C',
    TZ: 'UTC',
    KBUILD_BUILD_TIMESTAMP: date.toUTCString(),
    KBUILD_BUILD_USER: 'panos',
    KBUILD_BUILD_HOST: 'panos',
    KBUILD_BUILD_VERSION: '1',
  };
}

/**
 * Runs the kernel's make.
 * @param onStep called with each line of the form `  CC      path`, which is one step of the build.
 * @throws Failure with the first error of the compiler and where the whole log is.
 */
export async function make(
  place: Workplace,
  targets: readonly string[],
  onStep: (line: string) => void,
): Promise<void> {
  const args = ['-C', place.source, `O=${place.objects}`, `-j${availableParallelism()}`, ...targets];
  await runLogged(place, 'make', args, onStep);
}

/** Lays the fragments over the current configuration with the kernel's own script; `make olddefconfig` must follow. */
export async function mergeConfiguration(place: Workplace, fragments: readonly string[]): Promise<void> {
  const script = join(place.source, 'scripts/kconfig/merge_config.sh');
  const args = [script, '-m', '-Q', '-O', place.objects, join(place.objects, '.config'), ...fragments];
  await runLogged(place, 'sh', args, () => {});
}

async function runLogged(
  place: Workplace,
  program: string,
  args: readonly string[],
  onStep: (line: string) => void,
): Promise<void> {
  const log = createWriteStream(place.log, { flags: 'a' });
  const errors: string[] = [];
  const child = execa(program, args, {
    cwd: place.objects,
    env: buildEnvironment(place.date, process.env),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  });
  for await (const line of child.iterable({ from: 'all' })) {
    log.write(`${line}\n`);
    if (/^ {2}[A-Z][\w[\]]* +\S/.test(line)) onStep(line.trim());
    else if (errors.length < 20 && /\berror\b|No space left|\*\*\*/i.test(line)) errors.push(line.trim());
  }
  const result = await child;
  await new Promise((resolve) => log.end(resolve));
  if (!result.failed) return;
  if (errors.some((line) => line.includes('No space left'))) throw noSpace(place.objects);
  const reason = errors[0] ?? result.shortMessage;
  throw new Failure(`The kernel build failed in ${basename(program)} (${reason}): the whole log is ${place.log}.`);
}
