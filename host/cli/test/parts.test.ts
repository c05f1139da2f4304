import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildDirectory } from '../../lib/paths.ts';
import type { Outcome } from './outcome.ts';
import { runScenarios, workersFor } from './parts.ts';
import { countScenarios } from './selection.ts';

const feature = `Feature: outcomes
  @green
  Scenario: passes
    Given nothing
  Scenario: fails
    Given a failure
  Scenario: passes later
    Given a failure at first
  @known-flaky
  Scenario: passes later, as is known
    Given a failure at first
  Scenario: is skipped
    Given no hypervisor
    And nothing
  Scenario: is not written yet
    Given something unheard of
  Scenario Outline: takes <what> from the call
    Given the profile "<what>"
    Examples:
      | what      |
      | the-given |
      | another   |
`;

const steps = `import { Given, setWorldConstructor, World } from '@cucumber/cucumber';
class TestWorld extends World {
  skip(reason: string) { this.log('skipped: ' + reason); return 'skipped'; }
}
setWorldConstructor(TestWorld);
Given('nothing', () => {});
Given('a failure', () => { throw new Error('the reason'); });
let failures = 0;
Given('a failure at first', () => { failures += 1; if (failures % 2 === 1) throw new Error('not yet'); });
Given('no hypervisor', function (this: TestWorld) { return this.skip('this machine has no hypervisor'); });
Given('the profile {string}', function (this: TestWorld, name: string) {
  if (this.parameters.profile !== name) throw new Error('the profile is ' + this.parameters.profile);
});
`;

const configuration = `export default {
  paths: ['features/**/*.feature'], import: ['steps/*.ts'], retry: 1,
  format: ['allure-cucumberjs/reporter'], formatOptions: { resultsDir: 'results' },
};
`;

let directory: string;
beforeAll(async () => {
  // Inside the checkout, so that the steps find Cucumber
  await mkdir(buildDirectory, { recursive: true });
  directory = await mkdtemp(join(buildDirectory, 'parts-'));
  await mkdir(join(directory, 'features'));
  await mkdir(join(directory, 'steps'));
  await writeFile(join(directory, 'features/outcomes.feature'), feature);
  await writeFile(join(directory, 'steps/steps.ts'), steps);
  await writeFile(join(directory, 'cucumber.mjs'), configuration);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = async (selection: Parameters<typeof runScenarios>[0], steps_ = directory): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  const onOutcome = (outcome: Outcome): void => void outcomes.push(outcome);
  await runScenarios(selection, { directory: steps_, work: join(directory, 'work'), environment: {}, onOutcome });
  return outcomes;
};

test('Cucumber runs, and each scenario has the outcome that it deserves', { timeout: 60_000 }, async () => {
  const outcomes = await run({ profile: 'the-given' });
  const byName = Object.fromEntries(outcomes.map((outcome) => [outcome.name, outcome]));
  expect(Object.fromEntries(outcomes.map(({ name, status }) => [name, status]))).toEqual({
    passes: 'passed',
    fails: 'failed',
    'passes later': 'flaky',
    'passes later, as is known': 'flaky',
    'is skipped': 'skipped',
    'is not written yet': 'failed',
    'takes the-given from the call': 'passed',
    'takes another from the call': 'failed',
  });
  expect(outcomes).toHaveLength(8);
  expect(byName['fails']?.reason).toContain('the reason');
  expect(byName['fails']?.place).toMatch(/^features\/outcomes\.feature:\d+$/);
  expect(byName['passes later']?.reason).toContain('not yet');
  expect(byName['passes later']?.knownFlaky).toBe(false);
  expect(byName['passes later, as is known']?.knownFlaky).toBe(true);
  expect(byName['is skipped']?.reason).toBe('this machine has no hypervisor');
  expect((await readdir(join(directory, 'results'))).some((name) => name.endsWith('-result.json'))).toBe(true);
});

test('tags and shards choose as they were counted', { timeout: 60_000 }, async () => {
  expect(await countScenarios({ tags: '@green' }, directory)).toBe(1);
  expect(await countScenarios({}, directory)).toBe(8);
  expect(await countScenarios({ shard: { index: 3, total: 3 } }, directory)).toBe(2);
  const half = { tags: '@green or @known-flaky', shard: { index: 2, total: 2 } };
  expect(await countScenarios(half, directory)).toBe(1);
  expect((await run(half)).map(({ name }) => name)).toEqual(['passes later, as is known']);
});

test('a selection that means nothing, and one that cannot be read, are wrong calls', async () => {
  await expect(countScenarios({ tags: '@nowhere' }, directory)).rejects.toMatchObject({ status: 2 });
  await expect(countScenarios({ tags: '@a and and' }, directory)).rejects.toMatchObject({ status: 2 });
});

test('a run that breaks off counts as a failure and shows its last words', { timeout: 60_000 }, async () => {
  const broken = join(directory, 'broken');
  await mkdir(join(broken, 'features'), { recursive: true });
  await mkdir(join(broken, 'steps'));
  await writeFile(join(broken, 'features/a.feature'), feature);
  await writeFile(join(broken, 'cucumber.mjs'), configuration);
  await writeFile(join(broken, 'steps/steps.ts'), 'throw new Error("these steps do not load");');
  const outcomes = await run({}, broken);
  expect(outcomes).toMatchObject([{ name: 'the run itself', status: 'failed' }]);
  expect(outcomes[0]?.reason).toContain('these steps do not load');
});

test('as many workers as cores and memory bear', () => {
  const gibibyte = 2 ** 30;
  expect(workersFor({ cores: 2, freeBytes: 20 * gibibyte })).toBe(2);
  expect(workersFor({ cores: 8, freeBytes: 6 * gibibyte })).toBe(2);
  expect(workersFor({ cores: 8, freeBytes: gibibyte })).toBe(1);
  expect(workersFor({ cores: 128, freeBytes: 999 * gibibyte })).toBe(16);
});
