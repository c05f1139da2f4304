/** What the cases do again and again. */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Connection, ConnectOptions, ListenOptions, Side } from '../ends.ts';

export interface Pair {
  readonly caller: Connection;
  readonly answerer: Connection;
  readonly port: number;
}

let lastPort = 20_000;

/** A port that no case has used. */
export const newPort = (): number => ++lastPort;

export interface PairOptions {
  readonly caller?: ConnectOptions;
  readonly answerer?: ListenOptions;
}

/** A connection, seen from both ends. */
export async function connected(client: Side, server: Side, options: PairOptions = {}): Promise<Pair> {
  const port = newPort();
  const listener = await server.end.listen(port, options.answerer);
  const [caller, answerer] = await Promise.all([
    client.end.connect({ address: server.address, port }, options.caller),
    listener.accept(),
  ]);
  await listener.close();
  return { caller, answerer, port };
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `from` sends the bytes and finishes; `to` gets exactly them, and the end. */
export async function carries(from: Connection, to: Connection, bytes: Uint8Array): Promise<void> {
  const [got] = await Promise.all([to.receive(bytes.length + 1), from.send(bytes).then(() => from.finish())]);
  same(got, bytes);
}

/** Compares without printing a megabyte of difference. */
export function same(got: Uint8Array, wanted: Uint8Array): void {
  deepStrictEqual([got.length, hash(got)], [wanted.length, hash(wanted)]);
}

/** Both ends say that it is over, without a complaint. */
export async function endsWell({ caller, answerer }: Pair): Promise<void> {
  deepStrictEqual(await Promise.all([caller.over(), answerer.over()]), ['closed', 'closed']);
}

/** Fails with a code, one of those given. */
export async function failsWith(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const code = await work.then(
    () => 'success',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
  ok(codes.includes(code), `it ended with ${code}, not with ${codes.join(' or ')}`);
}
