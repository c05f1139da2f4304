import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LogRecord } from '../../control/protocol.ts';
import { DiskSink } from './disk.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'panos-log-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const record = (sequence: number, message = 'x'.repeat(100)): LogRecord => ({
  sequence,
  uptime: sequence,
  time: '2026-01-01T00:00:00.000Z',
  unit: 'a',
  severity: 'info',
  message,
});

const sequences = (file: string): number[] =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as LogRecord).sequence);

describe('the log on disk', () => {
  test('is one record a line, goes on where an earlier boot ended, and is complete after closing', async () => {
    for (const from of [1, 11]) {
      const sink = new DiskSink({ diskBytes: 1e6, diskFiles: 3 }, () => {}, join(folder, 'made'));
      for (let sequence = from; sequence < from + 10; sequence++) sink.accept(record(sequence));
      await sink.close();
    }
    expect(sequences('made/system.jsonl')).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('keeps as many files as it may, none larger than it may, and the newest records', async () => {
    const settings = { diskBytes: 2000, diskFiles: 3 };
    const sink = new DiskSink(settings, () => {}, folder);
    for (let sequence = 1; sequence <= 200; sequence++) sink.accept(record(sequence));
    await sink.close();
    expect(readdirSync(folder).sort()).toEqual(['system.1.jsonl', 'system.2.jsonl', 'system.jsonl']);
    const kept = ['system.2.jsonl', 'system.1.jsonl', 'system.jsonl'].flatMap(sequences);
    expect(kept.at(-1)).toBe(200);
    expect(kept).toEqual(kept.map((_, index) => 200 - kept.length + 1 + index));
    for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file)).length).toBeLessThanOrEqual(2000);
  });

  test('keeps a single file where only one is wanted', async () => {
    const sink = new DiskSink({ diskBytes: 2000, diskFiles: 1 }, () => {}, folder);
    for (let sequence = 1; sequence <= 50; sequence++) sink.accept(record(sequence));
    await sink.close();
    expect(readdirSync(folder)).toEqual(['system.jsonl']);
    expect(sequences('system.jsonl').at(-1)).toBe(50);
  });

  test('a full disk costs one warning, and nothing is lost once there is space again', async () => {
    // Writing to /dev/full fails with ENOSPC.
    mkdirSync(folder, { recursive: true });
    symlinkSync('/dev/full', join(folder, 'system.jsonl'));
    const warnings: string[] = [];
    const warn = (message: string) => warnings.push(message);
    const sink = new DiskSink({ diskBytes: 1e6, diskFiles: 3 }, warn, folder, { gather: 1, retry: 5 });
    sink.accept(record(1));
    await vi.waitFor(() => expect(warnings[0]).toMatch(/no longer written to disk: ENOSPC/));
    sink.accept(record(2));
    // Several tries.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(warnings).toHaveLength(1);
    unlinkSync(join(folder, 'system.jsonl'));
    await vi.waitFor(() => expect(warnings[1]).toBe('the log is written to disk again; 0 records were lost'));
    await sink.close();
    expect(sequences('system.jsonl')).toEqual([1, 2]);
  });
});
