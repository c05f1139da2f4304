import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { Deadline, DeadlineError } from '../../../host/lib/deadline.ts';
import { LabError } from '../../machine/contract.ts';
import { QmpClient, QmpError } from './qmp.ts';

/** A monitor that answers commands by a table, and the client connected to it. */
async function connect(answers: Readonly<Record<string, unknown>> = {}) {
  const [ours, theirs] = duplexPair();
  const heard: Record<string, unknown>[] = [];
  theirs.on('data', (chunk: Buffer) => {
    for (const line of String(chunk).trim().split('\r\n')) {
      const message = JSON.parse(line) as { execute: string; id: number };
      heard.push(message);
      const answer = message.execute === 'qmp_capabilities' ? { return: {} } : answers[message.execute];
      if (answer !== undefined) theirs.write(`${JSON.stringify({ ...answer, id: message.id })}\r\n`);
    }
  });
  theirs.write('{"QMP":{"version":{},"capabilities":[]}}\r\n');
  const lines: string[] = [];
  const client = await QmpClient.open(ours, Deadline.in(2), (direction, text) => lines.push(`${direction} ${text}`));
  return { client, theirs, heard, lines };
}

test('negotiates, asks and is answered; everything is logged', async () => {
  const { client, heard, lines } = await connect({ 'query-status': { return: { status: 'running', running: true } } });
  expect(await client.execute('query-status')).toEqual({ status: 'running', running: true });
  expect(heard.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-status']);
  expect(lines).toContain('> {"execute":"query-status","id":2}');
  expect(lines.at(-1)).toMatch(/^< .*"running":true/);
});

test('a refusal carries the reason', async () => {
  const { client } = await connect({ stop: { error: { class: 'GenericError', desc: 'not now' } } });
  await expect(client.execute('stop')).rejects.toThrow(QmpError);
  await expect(client.execute('stop')).rejects.toThrow('QEMU refused stop: not now');
});

test('answers are matched by id, in whatever order they come', async () => {
  const { client, theirs } = await connect();
  const [first, second] = [client.execute('cont'), client.execute('stop')];
  theirs.write('{"return":"second","id":3}\r\n{"return":"nobody","id":99}\r\n{"return":"first","id":2}\r\n');
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
});

test('events reach who listens, garbage between them does not matter', async () => {
  const { client, theirs, lines } = await connect();
  const reset = client.event(({ event }) => event === 'RESET', 'a reset', Deadline.in(2));
  theirs.write('{"event":"STOP"}\r\nnonsense\r\n{"event":"RESET","data":{"guest":true}}\r\n');
  expect(await reset).toEqual({ event: 'RESET', data: { guest: true } });
  expect(lines).toContain('< nonsense');
  await expect(client.event(() => true, 'silence', Deadline.in(0.02))).rejects.toThrow('silence did not happen');
});

test('the end of the connection ends every wait', async () => {
  const { client, theirs } = await connect();
  const command = expect(client.execute('cont')).rejects.toThrow(LabError);
  const event = expect(client.event(() => true, 'an event', Deadline.in(60))).rejects.toThrow(
    'QEMU ended before an event',
  );
  theirs.end();
  await Promise.all([command, event, client.closed]);
  await expect(client.execute('stop')).rejects.toThrow('QEMU is gone');
});

test('a monitor that does not greet runs into the deadline', async () => {
  const [ours] = duplexPair();
  await expect(QmpClient.open(ours, Deadline.in(0.02))).rejects.toThrow(DeadlineError);
});
