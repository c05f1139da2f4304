import { expect, test } from 'vitest';
import { errorName } from './errno.ts';

test.each([
  [2, 'ENOENT'],
  [16, 'EBUSY'],
  [117, 'EUCLEAN'],
  [9999, 'errno 9999'],
])('errno %i is %s', (errno, name) => {
  expect(errorName(errno)).toBe(name);
});
