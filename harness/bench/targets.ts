import type { Figure } from './figure.ts';

/** What a figure must come to. */
export interface Target {
  /** In the figure's unit, or a ratio to its yardstick. */
  readonly limit: number;
  readonly of: 'value' | 'ratio';
  /** Whether it must be below the limit, or at least as much. */
  readonly sense: 'below' | 'at least';
}

const below = (limit: number): Target => ({ limit, of: 'value', sense: 'below' });
const atLeast = (limit: number, of: Target['of'] = 'value'): Target => ({ limit, of, sense: 'at least' });

/** On two processors; machines under emulation. */
export const targets: Readonly<Record<string, Target>> = {
  'boot.init': below(2),
  'boot.ready': below(3.5),
  'boot.network': below(3),
  'net.restart': below(2),
  'memory.userspace': below(64),
  'image.kernel': below(10),
  'image.compressed': below(64),
  'lab.restore': below(1),
  'lab.suite': below(900),
  'build.noop': below(2),
  'net.tcp.send': atLeast(500),
  'net.tcp.receive': atLeast(500),
  'net.tcp.lossy': atLeast(0.8, 'ratio'),
  'net.tcp.idle': below(4),
  'net.ping': below(200),
};

/** Undefined for figures without a target, and for those without the yardstick that it is about. */
export function meetsTarget(figure: Figure): boolean | undefined {
  const target = targets[figure.name];
  const value = target === undefined ? undefined : figure[target.of];
  if (target === undefined || value === undefined) return undefined;
  return target.sense === 'below' ? value < target.limit : value >= target.limit;
}
