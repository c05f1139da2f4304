import type { PackageTree } from '../../host/toolbox/package-tree.ts';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import type { Image } from './build.ts';
import type { RootFile } from './root-file-system.ts';
export async function manifest(_i: Image, _t: Toolbox, _r: PackageTree, files: readonly RootFile[]): Promise<string> {
  return JSON.stringify(files.map(({ path, origin }) => ({ path, origin })));
}
