import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { at } from './fixture/lan.ts';
import { type Route, RouteTable } from './routes.ts';

const forEver = Number.POSITIVE_INFINITY;

function table() {
  const clock = new SteppedClock();
  const said: string[] = [];
  const routes = new RouteTable(
    clock,
    () => said.push('changed'),
    () => said.push('prolonged'),
  );
  const add = (text: string, more: Partial<Route> = {}) => {
    const [destination = '', length = ''] = text.split('/');
    const route = { gateway: undefined, interface: 'eth0', metric: 1, origin: 'static', expiresAt: forEver } as const;
    routes.add({ ...route, destination: at(destination), length: Number(length), ...more });
  };
  const find = (to: string, usable = (_: Route) => true, preferred = (_: Route) => true) =>
    routes.lookup(at(to), usable, preferred);
  return { clock, routes, said, add, find };
}

describe('the routing table', () => {
  it('chooses the longest prefix, then the lowest metric', () => {
    const { add, find } = table();
    add('0.0.0.0/0', { metric: 0, gateway: at('192.0.2.1') });
    add('10.0.0.0/8', { metric: 9, gateway: at('192.0.2.2') });
    add('10.1.0.0/16', { metric: 20, gateway: at('192.0.2.3') });
    add('10.1.0.0/16', { metric: 10, gateway: at('192.0.2.4') });
    add('10.1.2.3/32', { metric: 99 });
    expect(find('10.1.2.3')?.metric).toBe(99);
    expect(find('10.1.2.4')?.gateway).toBe(at('192.0.2.4'));
    expect(find('10.2.0.0')?.gateway).toBe(at('192.0.2.2'));
    expect(find('11.0.0.0')?.gateway).toBe(at('192.0.2.1'));
    expect(find('::1')).toBeUndefined();
  });

  it('falls back on a shorter prefix when the longer cannot be used, and on what is not preferred before that', () => {
    const { add, find } = table();
    add('2001:db8::/32', { interface: 'eth1' });
    add('::/0', { gateway: at('fe80::1'), metric: 1 });
    add('::/0', { gateway: at('fe80::2'), metric: 2 });
    expect(find('2001:db8::1')?.interface).toBe('eth1');
    expect(find('2001:db8::1', (route) => route.interface === 'eth0')?.gateway).toBe(at('fe80::1'));
    expect(find('2001:db9::1', undefined, ({ gateway }) => gateway !== at('fe80::1'))?.gateway).toBe(at('fe80::2'));
    expect(find('2001:db9::1', undefined, () => false)?.gateway).toBe(at('fe80::1'));
    // The longest prefix wins also when it is not preferred.
    expect(find('2001:db8::1', undefined, ({ length }) => length === 0)?.interface).toBe('eth1');
  });

  it('has one route by one gateway, and says whether it is only prolonged', () => {
    const { routes, said, add } = table();
    add('::/0', { gateway: at('fe80::1'), expiresAt: 1000 });
    add('::/0', { gateway: at('fe80::1'), expiresAt: 2000 });
    add('::/0', { gateway: at('fe80::1'), expiresAt: 2000, metric: 5 });
    expect([...routes]).toHaveLength(1);
    expect(said).toEqual(['changed', 'prolonged', 'changed']);
    expect(routes.nextExpiry).toBe(2000);
  });

  it('forgets what has expired', () => {
    const { clock, routes, add, find } = table();
    add('::/0', { gateway: at('fe80::1'), expiresAt: 1000 });
    add('::/0', { gateway: at('fe80::2'), metric: 2 });
    clock.advance(1000);
    routes.expire();
    expect(find('2001:db8::1')?.gateway).toBe(at('fe80::2'));
    expect(routes.nextExpiry).toBe(forEver);
  });

  it('is bounded', () => {
    const { routes, add } = table();
    for (let index = 0; index < 2000; index++) add(`10.${index >> 8}.${index & 255}.0/24`);
    expect([...routes]).toHaveLength(512);
    // What is there can be changed.
    add('10.0.0.0/24', { metric: 77 });
    expect([...routes].filter(({ metric }) => metric === 77)).toHaveLength(1);
  });
});
