import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { connect } from './client.ts';
import type { FromInit, ToInit } from './protocol.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-client-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A real service process that asks for several things, out of order, and tells what came of it when it is stopped. */
const service = `
import { connect } from ${JSON.stringify(join(import.meta.dirname, 'client.ts'))};
const init = connect();
const told = [];
const note = (name) => (value) => told.push(name + ' ' + (value instanceof Error ? value.name + ' ' + value.status + ' ' + value.message : JSON.stringify(value)));
init.onStop(async () => { await Promise.allSettled(asked); init.log('info', told.sort().join('; ')); process.disconnect(); });
init.ready();
const aborted = AbortSignal.timeout(1);
const asked = [
  init.request({ kind: 'services' }).then(note('services'), note('services')),
  init.request({ kind: 'settings' }).then(note('settings'), note('settings')),
  init.request({ kind: 'log' }, aborted).then(note('log'), note('log')),
];
`;

test('a service and PID 1 understand each other', async () => {
  const module = join(folder, 'service.mjs');
  writeFileSync(module, service);
  const child = fork(module, { execArgv: [] });
  const send = (message: FromInit) => child.send(message);
  const seen: ToInit[] = [];
  const waiting: number[] = [];
  child.on('message', (message: ToInit) => {
    seen.push(message);
    if (message.type !== 'request') return;
    waiting.push(message.id);
    if (waiting.length < 3) return;
    const [services = 0, settings = 0] = waiting;
    send({ type: 'error', id: settings, status: 403, message: 'no' });
    send({ type: 'answer', id: services, result: [] });
    send({ type: 'answer', id: 999, result: null });
    send({ type: 'stop' });
  });
  await new Promise((resolve) => child.once('exit', resolve));
  expect(seen[0]).toEqual({ type: 'ready' });
  const last = seen.at(-1);
  expect(last?.type === 'log' && last.message).toMatch(
    /^log TimeoutError .*; services \[\]; settings RequestError 403 no$/,
  );
});

test('a program that PID 1 did not start is told so', () => {
  const own = Object.getOwnPropertyDescriptor(process, 'send');
  Object.defineProperty(process, 'send', { value: undefined, configurable: true });
  try {
    expect(() => connect()).toThrow('this program runs as a service of PID 1 only');
  } finally {
    if (own === undefined) Reflect.deleteProperty(process, 'send');
    else Object.defineProperty(process, 'send', own);
  }
});
