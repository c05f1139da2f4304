import { expect, test } from 'vitest';
import { executorOf, toProperties } from './facts.ts';

test('a run of a person is numbered by its report, a run of GitHub Actions by GitHub', () => {
  expect(executorOf({}, 'abc', 7)).toMatchObject({ type: 'local', buildOrder: 7, buildName: '#7 at abc' });
  const environment = {
    GITHUB_RUN_NUMBER: '12',
    GITHUB_RUN_ID: '3456',
    GITHUB_SERVER_URL: 'https://example.org',
    GITHUB_REPOSITORY: 'owner/os',
  };
  expect(executorOf(environment, 'abc', 7)).toMatchObject({
    type: 'github',
    buildOrder: 12,
    buildUrl: 'https://example.org/owner/os/actions/runs/3456',
  });
});

test('properties escape what would end a key or a value', () => {
  expect(toProperties({ 'Guest kernel': 'a\\b\nc' })).toBe('Guest\\ kernel = a\\\\b\\nc\n');
});
