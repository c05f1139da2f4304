import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dynamicNeeds } from './elf.ts';

test('a program names its loader and its libraries', () => {
  const { interpreter, libraries } = dynamicNeeds(readFileSync(process.execPath));
  expect(interpreter).toBe('/lib64/ld-linux-x86-64.so.2');
  expect(libraries).toContain('libc.so.6');
});

test('anything else is refused, never misread', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 512 }), (bytes) => {
      expect(() => dynamicNeeds(Buffer.from(bytes))).toThrow(RangeError);
    }),
  );
});
