import type { TestUserConfig } from 'vitest/config';

/** Names the file for the outcomes, when `./panos test` runs Vitest. */
export const outcomesVariable = 'PANOS_TEST_OUTCOMES';

/** The console's, Allure's, and ours when somebody reads it. */
export function reporters(environment = process.env): NonNullable<TestUserConfig['reporters']> {
  const path = environment[outcomesVariable];
  return [
    'default',
    ['allure-vitest/reporter', { resultsDir: 'reports/results' }],
    ...(path === undefined ? [] : [['./host/cli/test/vitest-reporter.ts', { path }] as [string, { path: string }]]),
  ];
}
