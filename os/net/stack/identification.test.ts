import { expect, it } from 'vitest';
import { SeededRandom } from '../environment/random.ts';
import { at } from './fixture/lan.ts';
import { Identifications } from './identification.ts';

it('towards one destination they go up, and do not come again soon', () => {
  const identifications = new Identifications(new SeededRandom(1));
  const first = Array.from({ length: 8000 }, () => identifications.next(at('192.0.2.1')) & 0xffff);
  expect(new Set(first).size).toBe(8000);
});

it('what is said to one destination cannot be seen at another', () => {
  const identifications = new Identifications(new SeededRandom(1));
  const [spy, other] = [at('192.0.2.66'), at('198.51.100.1')];
  const before = identifications.next(spy);
  for (let packet = 0; packet < 1000; packet++) identifications.next(other);
  expect(identifications.next(spy) - before).toBeLessThanOrEqual(8);
});

it('they begin anywhere', () => {
  const first = [1, 2, 3].map((seed) => new Identifications(new SeededRandom(seed)).next(at('2001:db8::1')));
  expect(new Set(first.map((value) => value >>> 16)).size).toBe(3);
});
