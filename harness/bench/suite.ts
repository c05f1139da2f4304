import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { buildDirectory } from '../../host/lib/paths.ts';
import { type Figure, figure } from './figure.ts';

const duration = v.object({
  seconds: v.pipe(v.number(), v.finite(), v.minValue(0)),
  scenarios: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** How long the acceptance suite took when it last ran; it takes minutes, so it is not run again for this. */
export async function suiteFigure(path = join(buildDirectory, 'test-duration.json')): Promise<Figure | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseDuration(text);
}

/** Undefined for anything else than a record of a run: its writer may have been killed. */
export function parseDuration(text: string): Figure | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const record = v.safeParse(duration, value);
  if (!record.success) return undefined;
  const { seconds, scenarios } = record.output;
  return figure({
    name: 'lab.suite',
    unit: 's',
    samples: [seconds],
    method: `the last run, of ${scenarios} scenarios`,
  });
}
