import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between looks at the file: for the eye only, so it need not be quick. */
const interval = 200;

/**
 * Reads a file of lines while another process appends to it, until `ended` resolves and the rest is read. A last line
 * without its end is dropped: its writer died. A file that never appears has no lines.
 */
export async function followLines(
  path: string,
  ended: Promise<unknown>,
  onLine: (line: string) => void,
): Promise<void> {
  let over = false;
  const end = ended.then(
    () => (over = true),
    () => (over = true),
  );
  const decoder = new StringDecoder('utf8');
  let position = 0;
  let pending = '';
  for (;;) {
    const last = over;
    const bytes = await readFrom(path, position);
    position += bytes.length;
    const lines = (pending + decoder.write(bytes)).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
    if (last) return;
    await Promise.race([delay(interval), end]);
  }
}

async function readFrom(path: string, position: number): Promise<Buffer> {
  await using file = await open(path).catch(() => undefined);
  if (file === undefined) return Buffer.alloc(0);
  const size = (await file.stat()).size - position;
  if (size <= 0) return Buffer.alloc(0);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, position);
  return buffer.subarray(0, bytesRead);
}
