import type { Figure } from './figure.ts';

/** What figures must stay below, in their own units: on two processors, under emulation. */
export const targets: Readonly<Record<string, number>> = {
  'boot.init': 2,
  'boot.ready': 3.5,
  'memory.userspace': 64,
  'image.kernel': 10,
  'image.compressed': 64,
  'lab.restore': 1,
  'lab.suite': 900,
  'build.noop': 2,
};

/** Undefined for figures without a target. */
export function meetsTarget({ name, value }: Figure): boolean | undefined {
  const target = targets[name];
  return target === undefined ? undefined : value < target;
}
