import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Serves a folder on a free port of the loopback. */
export async function serveFolder(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = fileFor(folder, request.url ?? '/');
    answer(path).catch(() => response.destroy());

    async function answer(file: string | undefined): Promise<void> {
      const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
      if (file === undefined || !found?.isFile()) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file in the report.\n');
        return;
      }
      const type = mediaTypes[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': found.size });
      await pipeline(createReadStream(file), response);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** The file that a request means; undefined for one that would leave the folder or cannot be read. */
export function fileFor(folder: string, target: string): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(target.replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
  const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
  return file.startsWith(folder + sep) && !file.includes('\0') ? file : undefined;
}

/** Shows a page in the person's browser. Answers false where there is none. */
export async function openBrowser(url: string): Promise<boolean> {
  const { failed } = await execa('xdg-open', [url], { reject: false, stdio: 'ignore', timeout: 5000 });
  return !failed;
}
