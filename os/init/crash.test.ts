import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportCrash } from './crash.ts';
import { Journal } from './log/journal.ts';
import { serviceDefaults } from './supervisor/definition.ts';
import type { Service } from './supervisor/machine.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'panos-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const service: Service = {
  definition: { ...serviceDefaults, name: 'a', description: '', module: '/a.js', memoryMax: 1000 },
  state: 'ready',
  since: 0,
  pid: null,
  restarts: 2,
  lastExit: null,
};
const journal = () => new Journal({ uptime: () => 1, now: () => 0 });

test('a report says how it ended, what it last said, and its limits', () => {
  const log = journal();
  for (let line = 1; line <= 60; line++) log.write('a', 'info', `line ${line}`);
  log.write('b', 'info', 'not mine');
  reportCrash(log, service, { code: null, signal: 'SIGKILL', memoryLimit: true }, folder);
  const [file] = readdirSync(folder);
  expect(file).toMatch(/^\d{4}-\d\d-\d\dT[\d-]+\.\d+Z-a\.json$/);
  const report = JSON.parse(readFileSync(join(folder, file ?? ''), 'utf8'));
  expect(report).toMatchObject({ unit: 'a', ended: 'memory limit', restarts: 2, limits: { memory: 1000 } });
  expect(report.log).toHaveLength(50);
  expect(report.log.at(-1).message).toBe('line 60');
});

test('only the newest twenty are kept', () => {
  for (let day = 10; day < 35; day++) writeFileSync(join(folder, `2020-01-${day}-a.json`), '');
  reportCrash(journal(), service, { code: 1, signal: null }, folder);
  const files = readdirSync(folder).sort();
  expect(files).toHaveLength(20);
  expect(files[0]).toBe('2020-01-16-a.json');
});

test('a report that cannot be written is said and does no harm', () => {
  const log = journal();
  writeFileSync(join(folder, 'file'), '');
  reportCrash(log, service, { code: 1, signal: null }, join(folder, 'file', 'below'));
  expect(log.read({ severity: 'warning' })[0]?.message).toMatch(/^no crash report of a: ENOTDIR/);
});
