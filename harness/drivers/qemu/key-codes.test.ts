import { expect, test } from 'vitest';
import { qemuKeyCodes, usChord } from './key-codes.ts';

test('every printable ASCII character can be typed, each by keys of its own that QEMU knows', () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  const chords = printable.map((character) => usChord(character));
  expect(new Set(chords.map((chord) => chord?.join('+'))).size).toBe(95);
  for (const code of chords.flat()) expect(qemuKeyCodes).toHaveProperty([code ?? 'no chord']);
});

test('shift is held for capitals and upper symbols only', () => {
  expect(usChord('a')).toEqual(['KeyA']);
  expect(usChord('A')).toEqual(['ShiftLeft', 'KeyA']);
  expect(usChord('9')).toEqual(['Digit9']);
  expect(usChord('(')).toEqual(['ShiftLeft', 'Digit9']);
  expect(usChord('"')).toEqual(['ShiftLeft', 'Quote']);
  expect(usChord('é')).toBeUndefined();
});
