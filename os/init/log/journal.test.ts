import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../control/protocol.ts';
import { Journal, maxMessageLength } from './journal.ts';
import { parseKernelRecord } from './kernel-log.ts';
import { logLine } from './line.ts';
import { SerialSink } from './serial.ts';

const journalAt = (uptime = 10) => new Journal({ uptime: () => uptime, now: () => Date.UTC(2026, 0, 1) });

describe('Journal', () => {
  test('numbers and dates the records, also those that bring their own time', () => {
    const journal = journalAt();
    journal.for('init').info('one');
    journal.write('kernel', 'error', 'earlier', 4);
    expect(journal.read({})).toEqual([
      { sequence: 1, uptime: 10, time: '2026-01-01T00:00:00.000Z', unit: 'init', severity: 'info', message: 'one' },
      {
        sequence: 2,
        uptime: 4,
        time: '2025-12-31T23:59:54.000Z',
        unit: 'kernel',
        severity: 'error',
        message: 'earlier',
      },
    ]);
  });

  test('gives what a reader asks for: a unit, a severity, the newest', () => {
    const journal = journalAt();
    for (const unit of ['a', 'b']) {
      for (const severity of ['error', 'warning', 'info', 'debug'] as const)
        journal.write(unit, severity, `${unit} ${severity}`);
    }
    const messages = (query: Parameters<Journal['read']>[0]) => journal.read(query).map(({ message }) => message);
    expect(messages({ unit: 'a', severity: 'warning' })).toEqual(['a error', 'a warning']);
    expect(messages({ severity: 'error' })).toEqual(['a error', 'b error']);
    expect(messages({ limit: 2 })).toEqual(['b info', 'b debug']);
    expect(messages({ unit: 'nobody' })).toEqual([]);
  });

  test('a unit that talks without end forgets its own past only, and long messages are cut', () => {
    const journal = journalAt();
    journal.write('quiet', 'error', 'remember me');
    for (let count = 0; count < 5000; count++) journal.write('chatty', 'info', 'x'.repeat(10_000));
    expect(journal.read({ unit: 'quiet' })).toHaveLength(1);
    const kept = journal.read({ unit: 'chatty', limit: 10_000 });
    expect(kept.length).toBeLessThan(40);
    expect(kept[0]?.message).toHaveLength(maxMessageLength + 1);
  });

  test('a sink gets what comes, and what was before if it wants to', () => {
    const journal = journalAt();
    journal.write('a', 'info', 'before');
    const [late, early]: [string[], string[]] = [[], []];
    journal.addSink({ accept: ({ message }) => late.push(message) });
    journal.addSink({ accept: ({ message }) => early.push(message) }, true);
    journal.write('a', 'info', 'after');
    expect(late).toEqual(['after']);
    expect(early).toEqual(['before', 'after']);
  });
});

describe('logLine', () => {
  const record: LogRecord = {
    sequence: 1,
    uptime: 1.2345678,
    time: '',
    unit: 'init',
    severity: 'info',
    message: 'hello',
  };

  test.each([
    [{}, '[    1.234568] panos init: hello\n'],
    [{ severity: 'error' as const }, '[    1.234568] panos init: error: hello\n'],
    [{ severity: 'warning' as const, unit: 'console' }, '[    1.234568] panos console: warning: hello\n'],
    [{ uptime: 123456.5 }, '[123456.500000] panos init: hello\n'],
    [{ message: 'a\u001b[31mb\r\nc\u009bd' }, '[    1.234568] panos init: a?[31mb??c?d\n'],
  ])('of %j', (change, line) => {
    expect(logLine({ ...record, ...change })).toBe(line);
  });

  test('a machine without any console boots too', async () => {
    const sink = new SerialSink(['panos-has-no-such-terminal']);
    sink.accept(record);
    await sink.drained();
  });
});

describe('parseKernelRecord', () => {
  test.each([
    ['6,339,5140900,-;NET: Registered', { severity: 'info', uptime: 5.1409, message: 'NET: Registered' }],
    ['3,1,100,-,caller=T1;bad\n SUBSYSTEM=block\n', { severity: 'error', uptime: 0.0001, message: 'bad' }],
    [
      '12,2,0,c;from \\x1b user space; twice',
      { severity: 'warning', uptime: 0, message: 'from \u001b user space; twice' },
    ],
    ['7,2,0,-;', { severity: 'debug', uptime: 0, message: '' }],
  ])('%j', (text, expected) => {
    expect(parseKernelRecord(text)).toEqual(expected);
  });

  test.each(['', 'text', '6,1;x', '6,1,2,-', 'x,1,2,-;y'])('refuses %j', (text) => {
    expect(parseKernelRecord(text)).toBeUndefined();
  });
});
