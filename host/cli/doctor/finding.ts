/** `fine`; `limited`: it goes without, but slower or with less; `missing`: without it nothing goes. */
export type State = 'fine' | 'limited' | 'missing';

/** What one check found. */
export interface Finding {
  readonly state: State;
  /** What there is, in a few words. */
  readonly value: string;
  /** What it means, or what to do; for everything but `fine`. */
  readonly hint?: string;
}

export interface Check {
  readonly name: string;
  look(): Promise<Finding>;
}

export const fine = (value: string): Finding => ({ state: 'fine', value });
export const limited = (value: string, hint: string): Finding => ({ state: 'limited', value, hint });
export const missing = (value: string, hint: string): Finding => ({ state: 'missing', value, hint });

const signs: Readonly<Record<State, string>> = { fine: '✓', limited: '!', missing: '✗' };

/** A table for people: sign, name, value; the hint below, where there is one. */
export function formatFindings(findings: readonly (Finding & { readonly name: string })[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ state, name, value, hint }) => {
      const line = `${signs[state]} ${name.padEnd(width)}  ${value}`;
      return hint === undefined ? line : `${line}\n  ${''.padEnd(width)}  → ${hint}`;
    })
    .join('\n');
}
