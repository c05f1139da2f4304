/** A service that dies this often … */
export const maxDeaths = 5;
/** … within this many seconds is given up. */
export const deathWindow = 60;

/** Seconds until the first start after a death; each further death within the window doubles it. */
const firstDelay = 0.1;
const longestDelay = 30;

/** What to do after the newest of `deaths` (seconds since boot, ascending): give up, or start again after a delay. */
export function afterDeath(deaths: readonly number[]): { readonly giveUp: boolean; readonly delay: number } {
  return {
    giveUp: deaths.length >= maxDeaths,
    delay: Math.min(longestDelay, firstDelay * 2 ** (deaths.length - 1)),
  };
}

/** The deaths that still count at `now`. */
export const recentDeaths = (deaths: readonly number[], now: number): number[] =>
  deaths.filter((time) => time > now - deathWindow);
