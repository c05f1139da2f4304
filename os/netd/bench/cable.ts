/**
 * A bad cable between two interfaces of its network namespace, started by `./panos bench net`. Its one argument is a JSON
 * object; it says `ready`.
 */
import type { Conditions } from '../../net/link/conditions.ts';
import { linuxNetwork as kernel } from '../../syscall/linux/network/kernel.ts';
import { layBadCable } from '../conformance/bad-cable.ts';

interface Assignment {
  readonly ends: readonly [string, string];
  /** From the first end to the second, and the other way. */
  readonly conditions: readonly [Conditions, Conditions];
  readonly seed: number;
}

const { ends, conditions, seed } = JSON.parse(process.argv[2] ?? '') as Assignment;
layBadCable(kernel, ends, conditions, [], seed);
process.stdout.write('ready\n');
