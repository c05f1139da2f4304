import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoredMemory } from './memory.ts';

let folder: string;
let said: string[];
const open = (...names: string[]) =>
  new StoredMemory(
    names.map((name) => join(folder, name)),
    (_, message) => said.push(message),
  );
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'panos-memory-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('remembers across restarts, in both places, and prefers the first', () => {
  const memory = open('data', 'run');
  memory.remember('lease', { address: '192.0.2.1' });
  memory.remember('gone', 1);
  memory.remember('gone', undefined);
  memory.write();
  expect(open('data').recall('lease')).toEqual({ address: '192.0.2.1' });
  expect(open('nowhere', 'run').recall('lease')).toEqual({ address: '192.0.2.1' });
  expect(open('data').recall('gone')).toBeUndefined();
  expect(said).toEqual([]);
});

it.each(['', '{', '[1]', 'null', 'x'.repeat(2_000_000), '{"lease": '])('survives a file with %.10j', (content) => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/memory.json'), content);
  const memory = open('data');
  expect(memory.recall('lease')).toBeUndefined();
  expect(said).toHaveLength(1);
  memory.remember('lease', 7);
  memory.write();
  expect(open('data').recall('lease')).toBe(7);
});

it('is bounded', () => {
  const memory = open('data');
  for (let key = 0; key < 1000; key++) memory.remember(`key ${key}`, 'x'.repeat(1000));
  memory.remember('large', 'x'.repeat(100_000));
  memory.remember('k'.repeat(1000), 1);
  memory.write();
  const kept = Object.keys(JSON.parse(readFileSync(join(folder, 'data/memory.json'), 'utf8')));
  expect(kept).toHaveLength(256);
  expect(kept.at(-1)).toBe('key 999');
});

it('goes on where nothing can be written', () => {
  writeFileSync(join(folder, 'file'), '');
  const memory = open('file/inner', 'run');
  memory.remember('a', 1);
  memory.write();
  expect(memory.recall('a')).toBe(1);
  expect(said).toHaveLength(1);
  expect(existsSync(join(folder, 'run/memory.json'))).toBe(true);
});
