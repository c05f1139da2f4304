import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { repository } from '../../lib/paths.ts';
import { readMirrors } from '../../toolbox/apt-sources.ts';
import { readLock } from '../../toolbox/lock-file.ts';
import { type Finding, fine, limited, missing } from './finding.ts';
import { hasTools } from './hardware.ts';

/** apt's own fetcher, which knows this machine's proxies; the same that the toolbox uses. */
const fetcher = '/usr/lib/apt/apt-helper';

/** Milliseconds after which a server counts as unreachable. */
const patience = 15_000;

export async function debianMirror(): Promise<Finding> {
  const isNeeded = !(await hasTools());
  const judge = isNeeded ? missing : limited;
  const scratch = await mkdtemp(join(tmpdir(), 'panos-doctor-'));
  try {
    const { debian } = await readMirrors();
    const args = [
      '-o',
      'Acquire::Retries=0',
      'download-file',
      `${debian}/dists/trixie/Release`,
      join(scratch, 'Release'),
    ];
    const result = await execa(fetcher, args, { reject: false, stdin: 'ignore', timeout: patience });
    if (!result.failed) return fine(`${debian} answers`);
    const consequence = isNeeded ? 'nothing can be built' : 'what is here suffices until the lock file changes';
    return judge(`${debian} does not answer`, `${consequence}: look at the network, or set PANOS_DEBIAN_MIRROR`);
  } catch (error) {
    return judge('none is known', (error as Error).message);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function npmRegistry(): Promise<Finding> {
  const result = await execa('npm', ['ping'], { cwd: repository, reject: false, stdin: 'ignore', timeout: patience });
  if (!result.failed) return fine('answers');
  return limited('does not answer', 'the packages that are installed suffice until package-lock.json changes');
}

/** Indexes that seem to come from the future are refused by apt, and everything that is signed with them. */
export async function clock(now = new Date()): Promise<Finding> {
  const value = `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const published = new Date((await readLock()).date);
  if (now >= published) return fine(value);
  const since = published.toISOString().slice(0, 10);
  return missing(value, `that is before ${since}, when the locked packages were published: set the clock`);
}
