import { readFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildDirectory, repository } from '../../lib/paths.ts';

/** Who ran the tests: Allure's executor.json (https://allurereport.org/docs/how-it-works-executor-file/). */
export interface Executor {
  readonly name: string;
  readonly type: string;
  readonly buildOrder: number;
  readonly buildName: string;
  readonly reportName: string;
  readonly buildUrl?: string;
}

/** @param order counts the reports, where no CI service does. */
export function executorOf(environment: NodeJS.ProcessEnv, commit: string, order: number): Executor {
  const reportName = 'PanoramicData.Os';
  const { GITHUB_RUN_NUMBER: run, GITHUB_RUN_ID: id } = environment;
  if (run === undefined || id === undefined) {
    return { name: 'a person', type: 'local', buildOrder: order, buildName: `#${order} at ${commit}`, reportName };
  }
  return {
    name: 'GitHub Actions',
    type: 'github',
    buildOrder: Number(run),
    buildName: `#${run} at ${commit}`,
    buildUrl: `${environment['GITHUB_SERVER_URL']}/${environment['GITHUB_REPOSITORY']}/actions/runs/${id}`,
    reportName,
  };
}

/** On what the tests ran, by name. */
export async function environmentFacts(commit: string): Promise<Record<string, string>> {
  const [processor] = cpus();
  return {
    Commit: commit,
    'Node.js': process.version,
    Processor: `${cpus().length} × ${processor?.model.trim() ?? arch()}`,
    Memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    'Host kernel': release(),
    ...(await imageFacts()),
  };
}

async function imageFacts(): Promise<Record<string, string>> {
  const text = await readFile(join(buildDirectory, 'test/image.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  const image = JSON.parse(text) as { key?: string; kernel?: { version?: string } };
  return {
    ...(image.key !== undefined && { Image: image.key }),
    ...(image.kernel?.version !== undefined && { 'Guest kernel': image.kernel.version }),
  };
}

/** The Java properties format; keys may hold no spaces there. */
export function toProperties(facts: Readonly<Record<string, string>>): string {
  const quote = (text: string): string => text.replace(/[\\\n]/g, (match) => (match === '\n' ? '\\n' : '\\\\'));
  return Object.entries(facts)
    .map(([key, value]) => `${quote(key).replaceAll(' ', '\\ ')} = ${quote(value)}\n`)
    .join('');
}

/** The checkout's commit, short, with a mark where files differ from it. */
export async function currentCommit(): Promise<string> {
  const git = ['describe', '--always', '--dirty', '--abbrev=12'];
  const { failed, stdout } = await execa('git', git, { cwd: repository, reject: false });
  return failed ? 'unknown' : stdout;
}
