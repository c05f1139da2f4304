import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure, usageFailure } from '../../host/lib/failure.ts';
import type { Profile } from '../machine/profile.ts';
import { jsonNames, loadProfile, matrixDirectory, parseFile, profileNames, unknownName } from './profiles.ts';

/** `"all"`, or names of profiles. */
const selectionFile = v.strictObject({
  description: v.pipe(v.string(), v.minLength(1)),
  profiles: v.union([v.literal('all'), v.pipe(v.array(v.string()), v.minLength(1))]),
});

/** Names of the selections, sorted. */
export const selectionNames = (directory = matrixDirectory): Promise<string[]> =>
  jsonNames(join(directory, 'selections'));

/**
 * The profiles of a selection, in its order.
 * @throws Failure (usage) for an unknown selection; Failure for a broken file or one that names an unknown profile.
 */
export async function loadSelection(name: string, directory = matrixDirectory): Promise<readonly Profile[]> {
  const names = await selectionNames(directory);
  if (!names.includes(name)) throw usageFailure(unknownName('selection', name, names));
  const path = join(directory, 'selections', `${name}.json`);
  const { profiles } = parseFile(selectionFile, path, await readFile(path, 'utf8'));
  const known = await profileNames(directory);
  const wanted = profiles === 'all' ? known : profiles;
  const missing = wanted.find((profile) => !known.includes(profile));
  if (missing !== undefined) throw new Failure(`${path}: ${unknownName('profile', missing, known)}`);
  return await Promise.all(wanted.map((profile) => loadProfile(profile, directory)));
}
