import { join } from 'node:path';
import type { SegmentPlan } from '../addresses.ts';
import type { ServerPlan } from '../server.ts';

/** The lab's time server: the clock of this machine, `offset` seconds on. */
export const timeServer = ({ ipv4, ipv6 }: SegmentPlan, offset = 0): ServerPlan => ({
  name: 'time',
  program: [process.execPath, join(import.meta.dirname, '../time/main.ts')],
  arguments: () => [String(offset), ipv4.timeServer, ipv6.timeServer],
  ready: /serving the time/,
});
