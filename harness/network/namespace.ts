import { execa } from 'execa';
import type { Deadline } from '../../host/lib/deadline.ts';
import { machineFailure } from '../../host/lib/failure.ts';
import type { NetworkNamespace } from '../machine/contract.ts';
import { enterNamespace } from '../machine/enter-namespace.ts';

/**
 * A network namespace (network_namespaces(7)) with nothing but a loopback in it, of this process's own: nobody outside
 * sees its devices, and its addresses reach nothing outside. Without root it lies in a user namespace, in which we are.
 *
 * It lives as long as a process in it: the holder, a `cat` whose standard input is a pipe from us. However this process
 * ends, the pipe closes and the holder ends too.
 */
export class Namespace implements AsyncDisposable {
  readonly identity: NetworkNamespace;
  readonly #release: () => Promise<void>;

  private constructor(identity: NetworkNamespace, release: () => Promise<void>) {
    this.identity = identity;
    this.#release = release;
  }

  /**
   * @param beside another that is to be in the same user namespace: only then can the two have devices in common
   * @throws Failure (machine) when this machine does not allow it.
   */
  static async create(deadline: Deadline, beside?: Namespace): Promise<Namespace> {
    const user = process.getuid?.() !== 0;
    const outer = user && beside === undefined ? ['--user', '--map-root-user'] : [];
    const inner = ['unshare', ...outer, '--net', '--', 'cat'] as const;
    const [program, ...words] = [...(user && beside !== undefined ? enterNamespace(beside.identity) : []), ...inner];
    const holder = execa(program ?? '', words, {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
    });
    const ended = holder.then(() => {});
    let said = '';
    holder.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    // What comes back was written by cat, so the namespace is there.
    const echoed = new Promise<boolean>((resolve) => {
      holder.stdout.once('data', () => resolve(true));
      ended.then(() => resolve(false));
    });
    holder.stdin.on('error', () => {});
    holder.stdin.write('held\n');
    const made = await deadline.race(echoed, 'a network namespace');
    if (!made || holder.pid === undefined) {
      throw machineFailure(
        `No network namespace can be made (${said.trim() || 'unshare cannot be started'}): "./panos doctor" says what to do`,
      );
    }
    return new Namespace({ process: holder.pid, user }, async () => {
      holder.kill('SIGKILL');
      await ended;
    });
  }

  /**
   * The first words of a command line that runs in this namespace; it dies with this process, however that ends. The
   * kernel forgets that wish (prctl(2), PR_SET_PDEATHSIG) when a process enters a user namespace, so it is made inside.
   */
  get enter(): readonly [string, ...string[]] {
    return [...enterNamespace(this.identity), 'setpriv', '--pdeathsig', 'KILL', '--'];
  }

  /** Ends the holder. The namespace and its devices are gone when the last process in it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }
}
