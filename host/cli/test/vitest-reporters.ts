import type { TestUserConfig } from 'vitest/config';

/** Names the file for the outcomes, when `./panos test` runs Vitest. */
export const outcomesVariable = 'PANOS_TEST_OUTCOMES';

/** The console's alone when a person runs Vitest; with Allure's results and our outcomes in a run that counts. */
export function reporters(environment = process.env): NonNullable<TestUserConfig['reporters']> {
  const path = environment[outcomesVariable];
  if (path === undefined) return ['default'];
  return [
    'default',
    ['allure-vitest/reporter', { resultsDir: 'reports/results' }],
    ['./host/cli/test/vitest-reporter.ts', { path }],
  ];
}
