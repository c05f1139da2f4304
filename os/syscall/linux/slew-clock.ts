import { dlopen } from 'node:ffi';
import { ADJ_OFFSET_SINGLESHOT, timex } from '../abi/timex.ts';

const { functions } = dlopen(null, { adjtimex: { arguments: ['pointer'], return: 'i32' } });

/**
 * Lets CLOCK_REALTIME run 0.05 % faster or slower until it has made good for `milliseconds`, in place of what was left to
 * be made good before.
 * @returns false when the kernel refuses
 */
export function slewClock(milliseconds: number): boolean {
  const structure = new DataView(new ArrayBuffer(timex.size));
  structure.setUint32(timex.modes, ADJ_OFFSET_SINGLESHOT, true);
  structure.setBigInt64(timex.offset, BigInt(Math.round(milliseconds * 1000)), true);
  return functions.adjtimex(structure.buffer) !== -1;
}
