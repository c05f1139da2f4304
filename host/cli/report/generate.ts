import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../lib/failure.ts';
import { repository } from '../../lib/paths.ts';
import { currentCommit, environmentFacts, executorOf, toProperties } from './facts.ts';
import { markFlakyIn } from './flaky.ts';
import { requireJava } from './java.ts';

const reports = join(repository, 'reports');
const [results, html, history] = [join(reports, 'results'), join(reports, 'html'), join(reports, 'history')];

/**
 * Makes the report of the results that are there. The report before it stays until the new one is complete.
 * @returns the folder of the report.
 * @throws Failure (1) when there are no results, (3) without Java.
 */
export async function generateReport(): Promise<string> {
  await requireResults();
  await requireJava();
  await markFlakyIn(results);
  await addHistory();
  await addFacts();
  const fresh = `${html}.partial`;
  await runAllure(fresh);
  await keepHistory(fresh);
  await rm(html, { recursive: true, force: true });
  await rename(fresh, html);
  return html;
}

async function requireResults(): Promise<void> {
  const names = await readdir(results).catch(() => []);
  if (names.some((name) => name.endsWith('-result.json'))) return;
  throw new Failure('There are no results to report: run ./panos test first.');
}

/** Results that were reported before keep the history that they had then: a run counts once in the trends. */
async function addHistory(): Promise<void> {
  const target = join(results, 'history');
  try {
    await mkdir(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await cp(history, target, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function addFacts(): Promise<void> {
  const commit = await currentCommit();
  const executor = executorOf(process.env, commit, (await lastOrder()) + 1);
  await cp(join(reports, 'categories.json'), join(results, 'categories.json'));
  await writeFile(join(results, 'executor.json'), JSON.stringify(executor));
  await writeFile(join(results, 'environment.properties'), toProperties(await environmentFacts(commit)));
}

/** The number of the newest report before this one, 0 where there is none. */
async function lastOrder(): Promise<number> {
  const text = await readFile(join(results, 'history/history-trend.json'), 'utf8').catch(() => '[]');
  const trend = JSON.parse(text) as { buildOrder?: number }[];
  return Math.max(0, ...trend.map(({ buildOrder }) => buildOrder ?? 0));
}

async function runAllure(output: string): Promise<void> {
  const program = join(repository, 'node_modules/allure-commandline/dist/bin/allure');
  const args = ['generate', '--clean', '--output', output, results];
  const { failed, all } = await execa(program, args, { all: true, reject: false, stdin: 'ignore' });
  if (failed)
    throw new Failure(`Allure could not make the report: ${all.trim().split('\n').at(-1) ?? 'it says nothing'}`);
}

async function keepHistory(report: string): Promise<void> {
  await rm(history, { recursive: true, force: true });
  await mkdir(history, { recursive: true });
  await cp(join(report, 'history'), history, { recursive: true });
}
