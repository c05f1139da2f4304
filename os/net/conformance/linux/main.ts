/** The end of the running kernel, for a parent that asks over the channel which Node.js gives its children. */
import { codeOf } from '../failure.ts';
import type { Answer, Request } from './messages.ts';
import { nodeEnd } from './node-end.ts';

type Method = (...args: readonly unknown[]) => Promise<unknown>;

const objects = new Map<number, object>([[0, nodeEnd]]);

const tell = (answer: Answer): void => void process.send?.(answer);

process.on('message', async ({ id, object, method, args }: Request) => {
  try {
    const target = objects.get(object) as Record<string, Method>;
    const value = await target[method]?.(...args);
    if (isPlain(value)) return tell({ id, value });
    const number = objects.size;
    objects.set(number, value as object);
    tell({ id, object: number });
  } catch (error) {
    tell({ id, code: codeOf(error) });
  }
});
process.on('disconnect', () => process.exit());

/** Datagrams and the like, as opposed to something with methods. */
const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || value instanceof Uint8Array || 'payload' in value;

tell({ id: -1, value: 'ready' });
