/** Tests over virtual cables, in a network namespace of their own, and what Wireshark thinks of what our stack sent. */
import { readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { flawedFrames } from '../../../harness/network/flaws.ts';
import { repository } from '../../lib/paths.ts';
import type { Toolbox } from '../../toolbox/toolbox.ts';
import { writeWrappers } from '../../toolbox/wrappers.ts';
import { type PartContext, runVitest } from './parts.ts';

/** Names the folder into which the tests write captures (os/net/conformance/capture-file.ts). */
const capturesVariable = 'PANOS_CAPTURES';
/** In captures our stack is whoever has such an Ethernet address. */
const ours = 'eth.src[0:3] == 02:00:00';
/** What the tests find by PATH. */
const tools = [
  'ip',
  'ping',
  'nmap',
  'ndisc6',
  ...[
    'denial6',
    'flood_advertise6',
    'flood_mld6',
    'flood_redir6',
    'flood_router26',
    'flood_solicitate6',
    'fuzz_ip6',
  ].map((attack) => `atk6-${attack}`),
];
const configuration = 'vitest.veth.config.ts';

const capturesIn = (work: string): string => join(work, 'captures');

/** Removes the captures of the last run. @returns what the environment of tests must have that are to write new ones */
export async function newCaptures(work: string): Promise<Readonly<Record<string, string>>> {
  const folder = capturesIn(work);
  await rm(folder, { recursive: true, force: true });
  return { [capturesVariable]: folder };
}

/** @param toolbox the set `lab` */
export async function runLinkTests(context: PartContext, toolbox: Toolbox): Promise<void> {
  const words = await namespaceWords();
  if (!Array.isArray(words)) {
    const reason = `this machine allows no network namespace: ${words}`;
    context.onOutcome({ name: 'tests over virtual cables', place: configuration, status: 'skipped', reason });
    return;
  }
  const programs = join(context.work, 'bin');
  await writeWrappers(toolbox, tools, programs);
  const path = [programs, process.env['PATH'] ?? ''].join(delimiter);
  // Where nmap finds what it knows of services.
  const { NMAPDIR = '' } = toolbox.environment;
  const environment = { ...context.environment, PATH: path, NMAPDIR };
  await runVitest(configuration, { ...context, environment, within: words });
}

/** Words of a program that runs another in a new network namespace; what is said where that is not allowed. */
async function namespaceWords(): Promise<readonly string[] | string> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const words = ['unshare', ...user, '--net', '--'];
  const [program = '', ...rest] = words;
  const tried = await execa(program, [...rest, 'true'], { stdin: 'ignore', reject: false });
  return tried.failed ? tried.stderr.trim() || 'unshare cannot be started' : words;
}

/** Every frame that our stack sent must be well-formed, with right checksums; each capture is an outcome. */
export async function checkCaptures({ work, onOutcome }: PartContext, toolbox: Toolbox): Promise<void> {
  const folder = capturesIn(work);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pcapng'));
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const flawed = await flawedFrames(toolbox, path, ours);
    const about = { name: `frames of ${name}`, place: path.replace(`${repository}/`, '') };
    if (flawed.length === 0) onOutcome({ ...about, status: 'passed' });
    else {
      const reason = `${flawed.length} frames are malformed or have a wrong checksum:\n${flawed.slice(0, 10).join('\n')}`;
      onOutcome({ ...about, status: 'failed', reason });
    }
  }
}
