/** What a list of samples comes to. */
export interface Summary {
  /** The median: one run that something disturbed does not move it. */
  readonly value: number;
  readonly runs: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The middle of the samples, the mean of the two middle ones when their number is even.
 * @throws RangeError for none
 */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (below === undefined || above === undefined) throw new RangeError('there is no median of no samples');
  return (below + above) / 2;
}

/** @throws RangeError for no samples */
export const summarise = (samples: readonly number[]): Summary => ({
  value: median(samples),
  runs: samples.length,
  min: Math.min(...samples),
  max: Math.max(...samples),
});
