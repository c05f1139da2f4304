/** Fills the data partition to the last block. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const file = openSync(`${process.env['PANOS_STATE']}/hoard`, 'a');
for (let size = 4 * 1024 * 1024; size >= 512; size /= 2) {
  const block = Buffer.alloc(size, 0x5a);
  try {
    for (;;) if (writeSync(file, block) < size) break;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
try {
  fsyncSync(file);
} catch {
  // What cannot be flushed is not what this is about.
}
closeSync(file);
console.log('hoarder: full');
setInterval(() => {}, 1000);
