import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Deadline } from '../../host/lib/deadline.ts';
import { encodePng, type Picture } from '../machine/png.ts';
import { difference, isUniform, look, waitForChange, waitForContent } from './screen.ts';

const filled = (value: number): Picture => ({ width: 4, height: 4, rgb: new Uint8Array(48).fill(value) });
const drawn: Picture = { ...filled(0), rgb: Uint8Array.from({ length: 48 }, (_, index) => (index === 47 ? 9 : 0)) };

/** A machine whose screen shows these pictures, one a look; the last one stays. */
function showing(...pictures: readonly Picture[]) {
  let shown = 0;
  return {
    screenshot: async (path: string) => {
      const picture = pictures[Math.min(shown++, pictures.length - 1)] ?? filled(0);
      await writeFile(path, encodePng(picture));
    },
  };
}

test('a picture comes through the file', async () => {
  expect(await look(showing(drawn))).toEqual(drawn);
});

test('one colour is no content, one other pixel is', async () => {
  expect(isUniform(filled(7))).toBe(true);
  expect(isUniform(drawn)).toBe(false);
  expect(await waitForContent(showing(filled(0), filled(3), drawn), Deadline.in(5))).toEqual(drawn);
  await expect(waitForContent(showing(filled(0)), Deadline.in(0.05))).rejects.toThrow('something on the screen');
});

test('a difference is a fraction of the pixels, and all of them for another size', async () => {
  expect(difference(filled(0), filled(0))).toBe(0);
  expect(difference(filled(0), drawn)).toBe(1 / 16);
  expect(difference(filled(0), { width: 2, height: 8, rgb: new Uint8Array(48) })).toBe(1);
  expect(await waitForChange(showing(filled(0), drawn), filled(0), Deadline.in(5))).toEqual(drawn);
});
