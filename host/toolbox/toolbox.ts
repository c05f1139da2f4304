import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure, machineFailure } from '../lib/failure.ts';
import type { Progress } from '../lib/progress.ts';
import { openPackageTree } from './package-tree.ts';

/** Programs and data of Debian trixie, run from a folder: nothing of them is installed on this machine. */
export interface Toolbox {
  /** Names the versions of all tools: part of the key of whatever they make. */
  readonly key: string;
  /** When the lock's indexes were published: "now" for everything that is made. */
  readonly date: Date;
  /**
   * The first words of a command line that runs `tool`; its arguments follow. For programs that run long.
   * @throws Error when the toolbox has no such program.
   */
  argv(tool: string): Promise<readonly [program: string, ...args: string[]]>;
  /** What the environment of such a program must have, beside what it inherits. */
  readonly environment: Readonly<Record<string, string>>;
  /** The absolute path of a data file: `path('usr/share/OVMF/OVMF_CODE_4M.fd')`. */
  path(relative: string): string;
  /** Runs a tool to its end. @throws Failure naming the tool and the last lines that it wrote to standard error. */
  run(tool: string, args: readonly string[], options?: RunOptions): Promise<{ stdout: string; stderr: string }>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; nothing when left out. */
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

const loader = 'usr/lib64/ld-linux-x86-64.so.2';
const libraries = 'usr/lib/x86_64-linux-gnu';
/** Debian's alternatives would link the linear algebra (nmap) from here into the folder above. */
const moreLibraries = `${libraries}/blas`;
const folders = ['usr/bin', 'usr/sbin'];

/**
 * @param set `tools` makes images and runs machines; `lab` is the lab's network, which nothing else needs.
 * @throws Failure: see {@link openPackageTree}; (3) on processors other than x86-64.
 */
export async function openToolbox(progress: Progress, set: 'tools' | 'lab' = 'tools'): Promise<Toolbox> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw machineFailure('The tools are programs for Linux on x86-64: run this on such a machine.');
  }
  const tree = await openPackageTree(set, progress);
  const path = (relative: string) => join(tree.root, relative);

  // The dynamic loader is told on its command line where the libraries are, not by LD_LIBRARY_PATH: a program of the
  // host that a tool starts must find its own.
  const argv = async (tool: string) => {
    for (const folder of folders) {
      const program = path(`${folder}/${tool}`);
      if (
        await access(program).then(
          () => true,
          () => false,
        )
      ) {
        return [path(loader), '--library-path', `${path(libraries)}:${path(moreLibraries)}`, program] as const;
      }
    }
    throw new Error(`The toolbox has no ${tool}: is its package in the set "${set}" of the lock file?`);
  };

  const environment = {
    LC_ALL: 'C',
    TZ: 'UTC',
    // Compiled-in absolute paths that would lead to the host's files of another version
    QEMU_MODULE_DIR: path(`${libraries}/qemu`),
    GCONV_PATH: path(`${libraries}/gconv`),
    OPENSSL_MODULES: path(`${libraries}/ossl-modules`),
    MTOOLSRC: '/dev/null',
    ...(set === 'lab' && {
      OPENSSL_CONF: path('etc/ssl/openssl.cnf'),
      NMAPDIR: path('usr/share/nmap'),
      PYTHONHOME: path('usr'),
      PYTHONPATH: path('usr/lib/python3/dist-packages'),
      PYTHONDONTWRITEBYTECODE: '1',
      WIRESHARK_DATA_DIR: path('usr/share/wireshark'),
    }),
  };

  return {
    key: tree.key,
    date: tree.date,
    environment,
    argv,
    path,
    async run(tool, args, options = {}) {
      const [program, ...first] = await argv(tool);
      const result = await execa(program, [...first, ...args], {
        ...(options.cwd !== undefined && { cwd: options.cwd }),
        ...(options.signal !== undefined && { cancelSignal: options.signal }),
        ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
        env: { ...environment, ...options.env },
        stripFinalNewline: false,
        maxBuffer: 64 * 1024 * 1024,
        reject: false,
      });
      if (options.signal?.aborted) options.signal.throwIfAborted();
      if (result.failed) throw new Failure(describe(tool, result), 1, { cause: result });
      return { stdout: result.stdout, stderr: result.stderr };
    },
  };
}

/** One sentence about a tool that failed. Tools end with advice as often as with the reason: some lines are kept. */
export function describe(tool: string, result: { stderr: string; exitCode?: number; signal?: string }): string {
  if (/No space left/.test(result.stderr)) return `${tool} ran out of disk space: make some and try again.`;
  const said = result.stderr
    .trim()
    .split(/\s*\n\s*/)
    .slice(-3)
    .join('; ')
    .replace(/\.$/, '');
  const how = result.signal === undefined ? `exit status ${result.exitCode}` : `signal ${result.signal}`;
  return `${tool} failed with ${how}${said === '' ? '' : `: ${said}`}.`;
}
