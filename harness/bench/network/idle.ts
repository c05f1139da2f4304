import { join } from 'node:path';
import { execa } from 'execa';
import { repository } from '../../../host/lib/paths.ts';
import { LabError } from '../../machine/contract.ts';

/** KiB that an end of a silent connection takes, of so many. @throws LabError when it cannot be measured */
export async function idleConnection(count: number): Promise<number> {
  const words = ['--expose-gc', '--disable-warning=ExperimentalWarning', join(repository, 'os/netd/bench/idle.ts')];
  const result = await execa(process.execPath, [...words, String(count)], { stdin: 'ignore', reject: false });
  const bytes = Number(result.stdout);
  if (result.failed || result.stdout === '' || !Number.isFinite(bytes)) {
    throw new LabError(`idle connections were not measured: ${result.stderr || result.shortMessage}`);
  }
  return bytes / 1024;
}
