import { expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

const names = ['help', 'services', 'reboot', 'free', 'ps', 'ls'];

it.each([
  ['hlep', 'help'],
  ['service', 'services'],
  ['rebot', 'reboot'],
  ['sp', 'ps'],
  ['LS', 'ls'],
  ['firefox', undefined],
  ['x'.repeat(5000), undefined],
])('%s → %s', (word, expected) => expect(nearest(word, names)).toBe(expected));

it('counts a swap of neighbours as one edit', () => expect(editDistance('free', 'fere')).toBe(1));
