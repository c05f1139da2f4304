import { summarise } from './statistics.ts';

/** The same thing measured on something known, in the same run. */
export interface Yardstick {
  readonly name: string;
  /** Median, in the figure's unit. */
  readonly value: number;
  readonly runs: number;
}

/** `s` seconds, `µs` 10^-6 seconds, `MB` 10^6 bytes, `KiB` 1024 bytes, `Mbit/s` 10^6 bits a second, `1/s` how many a second. */
export type Unit = 's' | 'µs' | 'MB' | 'KiB' | 'Mbit/s' | '1/s';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  /** Median. */
  readonly value: number;
  readonly runs: number;
  readonly min: number;
  readonly max: number;
  readonly yardstick?: Yardstick;
  /** `value` divided by the yardstick's: below 1 is better than the yardstick, or above where more is better (targets.ts). */
  readonly ratio?: number;
  /** How it was taken, where that is a choice. */
  readonly method?: string;
}

/** Samples of one thing, before they become a figure. */
export interface Measured {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly yardstick?: { readonly name: string; readonly samples: readonly number[] };
  readonly method?: string;
}

/** Thousandths: milliseconds and kilobytes. Nothing here is known better. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** @throws RangeError when there is no sample */
export function figure({ name, unit, samples, yardstick, method }: Measured): Figure {
  const { value, runs, min, max } = summarise(samples);
  const known = yardstick === undefined || yardstick.samples.length === 0 ? undefined : summarise(yardstick.samples);
  return {
    name,
    unit,
    value: rounded(value),
    runs,
    min: rounded(min),
    max: rounded(max),
    ...(known !== undefined && {
      yardstick: { name: yardstick?.name ?? '', value: rounded(known.value), runs: known.runs },
      ratio: rounded(value / known.value),
    }),
    ...(method !== undefined && { method }),
  };
}
