import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseForwards } from './forwards.ts';

test('reads the forwards of a real table, and no other connection', () => {
  const table = [
    'Hub -1 (net0):',
    '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
    '  TCP[ESTABLISHED]   15       127.0.0.1 35671       10.0.2.15    22     0     0',
    '  TCP[HOST_FORWARD]  13       127.0.0.1 35671       10.0.2.15    22     0     0',
    '  TCP[HOST_FORWARD]  14       127.0.0.1  8080       10.0.2.15    80     0     0',
    '  UDP[236 sec]       16       10.0.2.15 68           10.0.2.2    67     0     0',
    '',
  ].join('\r\n');
  expect(parseForwards(table)).toEqual([
    { hostPort: 35671, guestPort: 22 },
    { hostPort: 8080, guestPort: 80 },
  ]);
});

test('never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => parseForwards(text).length >= 0));
});
