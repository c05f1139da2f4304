/** Captures of what our stack says in these cases, for whoever wants to hold every frame to be flawless. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { startCapture } from '../link/pcapng/capture.ts';
import type { CapturingLink } from '../link/pcapng/capturing-link.ts';

/** Names the folder for captures; without it nothing is captured. */
const folderVariable = 'PANOS_CAPTURES';

/** Bytes of one capture: the first are as good as the rest. */
const mostBytes = 64 * 1024 * 1024;

/** Begins to record `links` in a file of that name (`veth-4.pcapng`) if captures are wanted; the result ends it. */
export function recordInto(name: string, links: readonly CapturingLink[], now: () => number): () => void {
  const folder = process.env[folderVariable];
  if (folder === undefined) return () => {};
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${name}.pcapng`), 'w');
  let left = mostBytes;
  const write = (block: Uint8Array): boolean => {
    if (block.length > left) return false;
    left -= writeSync(file, block);
    return true;
  };
  const capture = startCapture(links, { write }, { application: 'conformance cases', now });
  return () => {
    left = Number.POSITIVE_INFINITY;
    capture.close();
    closeSync(file);
  };
}
