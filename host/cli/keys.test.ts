import { expect, test } from 'vitest';
import { parseChord } from './keys.ts';

test.each([
  ['Super+Left', ['MetaLeft', 'ArrowLeft']],
  ['ctrl+alt+delete', ['ControlLeft', 'AltLeft', 'Delete']],
  ['F11', ['F11']],
  ['a', ['KeyA']],
  ['7', ['Digit7']],
])('%s', (text, codes) => {
  expect(parseChord(text)).toEqual(codes);
});

test.each(['', 'Hyper+a', 'F13', 'ab'])('"%s" is refused with the name of the key', (text) => {
  expect(() => parseChord(text)).toThrow(/is no key/);
});
