import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { writeFileAtomically } from './atomic-write.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-atomic-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFileAtomically', () => {
  test('replaces a file as a whole and leaves nothing else', () => {
    mkdirSync(folder, { recursive: true });
    writeFileAtomically(join(folder, 'file'), 'old and long');
    writeFileAtomically(join(folder, 'file'), 'new');
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('leaves nothing behind when it cannot be done', () => {
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    expect(() => writeFileAtomically(join(folder, 'taken'), 'x')).toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
