import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../../../host/lib/paths.ts';
import { npmPackage } from './packages.ts';

test('an installed npm package tells name, version, licence and where it comes from', async () => {
  const facts = await npmPackage(join(repository, 'node_modules/valibot'));
  expect(facts.name).toBe('valibot');
  expect(facts.source).toBe(`pkg:npm/valibot@${facts.version}`);
  expect(facts.licence.expression).toBe('MIT');
});
