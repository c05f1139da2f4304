import { expect, test } from 'vitest';
import { Arrivals } from './arrivals.ts';

/** A serial line that says what it is told to say. */
function line() {
  const listeners = new Set<(text: string) => void>();
  const serial = {
    history: '',
    onData(listener: (text: string) => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
    say(text: string): void {
      serial.history += text;
      for (const listener of listeners) listener(text);
    },
  };
  return serial;
}

test('a text counts when its last part arrives, and only the first time', () => {
  const serial = line();
  using arrivals = new Arrivals(serial, { init: /init: [^\n]*\n/, ready: /ready/ });
  serial.say('panos in');
  serial.say('it: starting');
  expect(arrivals.at('init')).toBeUndefined();
  const before = performance.now();
  serial.say('\n');
  const seen = arrivals.at('init');
  expect(seen).toBeGreaterThanOrEqual(before);
  expect(seen).toBeLessThanOrEqual(performance.now());
  serial.say('panos init: again\nready');
  expect(arrivals.at('init')).toBe(seen);
  expect(arrivals.at('ready')).toBeGreaterThanOrEqual(seen ?? Number.POSITIVE_INFINITY);
});

test('nothing is noted after it was disposed of', () => {
  const serial = line();
  const arrivals = new Arrivals(serial, { ready: /ready/ });
  arrivals[Symbol.dispose]();
  serial.say('ready');
  expect(arrivals.at('ready')).toBeUndefined();
});
