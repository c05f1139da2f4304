import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type IRunConfiguration, loadConfiguration, loadSources } from '@cucumber/cucumber/api';
import { Failure, usageFailure } from '../../lib/failure.ts';
import { repository } from '../../lib/paths.ts';

/** Which scenarios are meant. */
export interface Selection {
  /** A Cucumber tag expression: `@M01 and not @slow`. */
  readonly tags?: string;
  /** Every total-th scenario, beginning with the index-th. */
  readonly shard?: Shard;
  /** The machine profile that scenarios use which do not name one. */
  readonly profile?: string;
}

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly total: number;
}

/** @throws Failure (2) for anything but I/N with 1 ≤ I ≤ N. */
export function parseShard(text: string): Shard {
  const [, index, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || total === undefined || index < 1 || index > total) {
    throw usageFailure(`"${text}" is no shard: write I/N, for example 1/4.`);
  }
  return { index, total };
}

/**
 * How many scenarios a selection means, found without running anything.
 * @throws Failure (2) when it means none, or the tag expression is none; (1) when a feature cannot be read.
 */
export async function countScenarios({ tags, shard }: Selection, directory = repository): Promise<number> {
  const sources = await sourcesOf(directory, tags);
  const { plan, errors } = await loadSources(sources, { cwd: directory }).catch((cause: unknown) => {
    // The paths are ours and the files are read later: what can be wrong here is the expression.
    throw usageFailure(`The tag expression cannot be read: ${firstLine(cause)}`);
  });
  const [error] = errors;
  if (error !== undefined) throw new Failure(`${error.uri} cannot be read: ${error.message.replaceAll('\n', ' ')}`);
  if (plan.length === 0) {
    throw usageFailure(
      tags === undefined ? 'There are no scenarios: features/ is empty.' : `No scenario has the tags "${tags}".`,
    );
  }
  if (shard === undefined) return plan.length;
  return plan.filter((_, position) => position % shard.total === shard.index - 1).length;
}

async function sourcesOf(directory: string, tags?: string): Promise<IRunConfiguration['sources']> {
  const file = 'cucumber.mjs';
  await access(join(directory, file));
  const provided = tags === undefined ? {} : { tags };
  const { runConfiguration } = await loadConfiguration({ file, provided }, { cwd: directory });
  return runConfiguration.sources;
}

/** Cucumber wraps what its filters throw. */
function firstLine(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return String(inner instanceof Error ? inner.message : inner).split('\n')[0] ?? '';
}
