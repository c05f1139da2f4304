import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../../host/lib/paths.ts';

/** One service of the image, in one file. */
export interface Bundle {
  /** Absolute, in the image. */
  readonly path: string;
  readonly code: Buffer;
}

/**
 * Entry points and where they go. PID 1's file has no extension: the kernel hands words of its command line to init
 * only when they have no dot.
 */
const entryPoints = [
  { source: 'os/init/main.ts', path: '/usr/lib/panos/init' },
  { source: 'os/shell/main.ts', path: '/usr/lib/panos/console.js' },
  { source: 'os/netd/main.ts', path: '/usr/lib/panos/net.js' },
] as const;

export async function productVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/**
 * Bundles every service. CommonJS, because node needs 0.4 s less to get to the first line of it than of an ES module
 * (docs/decisions/004-boot-time.md).
 */
export async function bundleServices(buildTime: Date): Promise<readonly Bundle[]> {
  const version = await productVersion();
  return Promise.all(
    entryPoints.map(async ({ source, path }) => {
      const { outputFiles } = await build({
        absWorkingDir: repository,
        entryPoints: [source],
        outfile: 'service.js',
        write: false,
        bundle: true,
        platform: 'node',
        target: 'node26',
        format: 'cjs',
        minifySyntax: true,
        minifyWhitespace: true,
        keepNames: false,
        legalComments: 'none',
        logLevel: 'silent',
        define: {
          PANOS_VERSION: JSON.stringify(version),
          PANOS_BUILD_TIME: JSON.stringify(buildTime.toISOString()),
        },
      });
      const [output] = outputFiles;
      if (!output) throw new Error(`esbuild made nothing of ${source}`);
      return { path, code: Buffer.from(output.contents) };
    }),
  );
}
