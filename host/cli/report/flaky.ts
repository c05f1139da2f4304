import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is read of one of Allure's result files; everything else in it is kept as it is. */
export interface Result {
  readonly historyId?: string;
  readonly start?: number;
  readonly labels?: readonly { readonly name: string; readonly value: string }[];
  status?: string;
  statusDetails?: { message?: string; trace?: string; flaky?: boolean };
}

/**
 * Allure shows the last attempt of a test as its result, which would make a pass on retry green. Such a pass becomes a
 * failure that is marked as flaky; one that is known to be flaky stays a pass, marked.
 * @returns those that were changed.
 */
export function markFlaky<T extends Result>(results: readonly T[]): T[] {
  const attempts = Map.groupBy(
    results.filter(({ historyId }) => historyId !== undefined),
    ({ historyId }) => historyId,
  );
  return [...attempts.values()].flatMap((group) => {
    const [last, ...earlier] = group.toSorted((a, b) => (b.start ?? 0) - (a.start ?? 0));
    const failed = earlier.find(({ status }) => status === 'failed' || status === 'broken');
    if (last?.status !== 'passed' || failed === undefined || last.statusDetails?.flaky === true) return [];
    const isKnown = last.labels?.some(({ name, value }) => name === 'tag' && value === '@known-flaky') ?? false;
    if (!isKnown) last.status = 'failed';
    const why = failed.statusDetails?.message ?? 'it does not say why';
    last.statusDetails = {
      ...last.statusDetails,
      ...(failed.statusDetails?.trace !== undefined && { trace: failed.statusDetails.trace }),
      message: `Flaky: passed on its second attempt. The first one failed: ${why}`,
      flaky: true,
    };
    return [last];
  });
}

/** {@link markFlaky} over a folder of results, in place. */
export async function markFlakyIn(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('-result.json'));
  const results = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return { path, document: JSON.parse(await readFile(path, 'utf8')) as Result };
    }),
  );
  const paths = new Map(results.map(({ path, document }) => [document, path]));
  for (const document of markFlaky(results.map((one) => one.document))) {
    await writeFile(paths.get(document) ?? '', JSON.stringify(document));
  }
}
