/** How much is asked for: by the environment, or what an everyday run has time for. */
const whole = (name: string, otherwise: number): number => {
  const value = Number(process.env[name] ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} is not a whole number.`);
  return value;
};

/** Cases for each family. */
export const casesAsked = (): number => whole('PANOS_FUZZ_CASES', 500_000);
export const seedAsked = (): number => whole('PANOS_FUZZ_SEED', 1);
