import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';

/**
 * Makes a seed: a small ISO 9660 volume labelled `cidata` (the label of cloud-init's NoCloud source), which every
 * hypervisor can attach.
 * @param files names on the volume to contents
 * @param scratch a folder for the tree; the volume goes to `<scratch>/seed.iso`
 */
export async function makeSeed(
  toolbox: Toolbox,
  files: Readonly<Record<string, string>>,
  scratch: string,
): Promise<string> {
  const tree = join(scratch, 'seed');
  for (const [name, content] of Object.entries(files)) {
    const path = join(tree, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  const target = join(scratch, 'seed.iso');
  await toolbox.run('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'cidata', '-J', '-R', '-o', target, tree]);
  return target;
}
