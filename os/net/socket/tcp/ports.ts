/** Ports for those who do not care which: RFC 6335, section 6, chosen at random (RFC 6056, algorithm 1). */
import { below, type Random } from '../../environment/random.ts';

const first = 49_152;
const count = 65_536 - first;

/** A port of the dynamic range that is not `taken`, or undefined. */
export function choosePort(random: Random, taken: (port: number) => boolean): number | undefined {
  const start = below(random, count);
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (!taken(port)) return port;
  }
  return undefined;
}
