import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../net/wire/address.ts';
import { defaultInterface, defaultNet } from './net.ts';
import { readSettings } from './read.ts';
import { readNet } from './read-net.ts';

const read = (...values: unknown[]) =>
  readSettings(values.map((net, index) => ({ file: `/file${index}`, text: JSON.stringify({ net }) })));

describe('the part net of the settings', () => {
  test('takes any part of it, later files winning field by field', () => {
    const { settings, problems } = read(
      {
        nameServers: ['192.0.2.53', '2001:db8::53'],
        interfaces: {
          eth0: { ipv4: { method: 'static', address: '192.0.2.10/24' } },
          '52:54:00:AB:34:56': { mtu: 9000 },
        },
      },
      { socksPort: 0, interfaces: { eth0: { ipv6: { method: 'auto' } } } },
    );
    expect(problems).toEqual([]);
    expect(settings.net).toEqual({
      ...defaultNet,
      nameServers: ['192.0.2.53', '2001:db8::53'],
      socksPort: 0,
      interfaces: {
        '*': defaultInterface,
        eth0: {
          ...defaultInterface,
          ipv4: { method: 'static', address: '192.0.2.10/24', gateway: null },
          ipv6: { method: 'auto', temporary: false },
        },
        '52:54:00:ab:34:56': { ...defaultInterface, mtu: 9000 },
      },
    });
  });

  const ipv4 = (value: object) => ({ interfaces: { eth0: { ipv4: value } } });
  const ipv6 = (value: object) => ({ interfaces: { '*': { ipv6: value } } });
  test.each([
    [7, '"net" is ignored: 7 is not an object'],
    [{ stack: 'bsd' }, '"net.stack" is ignored: "bsd" is not "panos" or "kernel"'],
    [{ stak: 'panos' }, '"net.stak" is ignored: there is no such setting'],
    [{ constructor: 1 }, '"net.constructor" is ignored: there is no such setting'],
    [{ socksPort: 65536 }, '"net.socksPort" is ignored: 65536 is not a port from 0 to 65535'],
    [{ nameServers: ['dns'] }, '"net.nameServers" is ignored: ["dns"] is not a list of at most 8 addresses'],
    [{ searchDomains: ['a..b'] }, 'is not a list of at most 8 domains'],
    [{ timeServers: ['300.1.1.1'] }, 'is not a list of at most 8 addresses or names'],
    [{ interfaces: [] }, '"net.interfaces" is ignored: [] is not an object'],
    [{ interfaces: { 'eth 0': {} } }, '"net.interfaces" has "eth 0", which is not'],
    [{ interfaces: { eth0: 4 } }, '"net.interfaces.eth0" is ignored: 4 is not an object'],
    [{ interfaces: { eth0: { mtu: 9217 } } }, '"net.interfaces.eth0.mtu" is ignored: 9217 is not null or a whole'],
    [ipv4({ method: 'magic' }), 'its method "magic" is not "dhcp", "static" or "off"'],
    [ipv4({ method: 'static', address: '192.0.2.10' }), 'its address "192.0.2.10" is not an address that'],
    [ipv4({ method: 'static', address: '192.0.2.255/24' }), 'its address "192.0.2.255/24" is not an address that'],
    [ipv4({ method: 'static', address: '2001:db8::1/64' }), 'its address'],
    [
      ipv4({ method: 'static', address: '192.0.2.10/24', gateway: '10.0.0.1' }),
      'its gateway "10.0.0.1" is not an address of the same network, and another one',
    ],
    [ipv6({ method: 'static', address: '2001:db8::1/129' }), '"net.interfaces[*].ipv6" is ignored: its address'],
    [ipv6({ method: 'static', address: '2001:db8::1/64', gateway: '2001:db9::1' }), 'its gateway "2001:db9::1" is not'],
    [ipv6({ method: 'auto', temporary: 1 }), 'its temporary 1 is not true or false'],
    [ipv6({ method: 'auto', extra: 1 }), 'its extra 1 is not a setting that goes there'],
  ])('names what is wrong with %j and falls back', (value, sentence) => {
    const { settings, problems } = read(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('/file0: ');
    expect(problems[0]).toContain(sentence);
    const { eth0 = defaultInterface, ...others } = settings.net.interfaces;
    expect({ ...settings.net, interfaces: others }).toEqual(defaultNet);
    expect(eth0).toEqual(defaultInterface);
  });

  test('a link-local gateway is on every link', () => {
    const value = { method: 'static', address: '2001:db8::1/64', gateway: 'fe80::1' };
    expect(read(ipv6(value)).settings.net.interfaces['*']?.ipv6).toEqual(value);
  });

  test('small frames only without IPv6', () => {
    const small = (method: string) => ({ interfaces: { eth0: { mtu: 600, ipv6: { method } } } });
    expect(read(small('off')).settings.net.interfaces['eth0']?.mtu).toBe(600);
    const { settings, problems } = read(small('auto'));
    expect(settings.net.interfaces['eth0']?.mtu).toBe(null);
    expect(problems).toEqual(['/file0: "net.interfaces.eth0.mtu" is ignored: with IPv6 600 is not 1280 or more']);
  });

  test('reads over settings in force', () => {
    const base = read({ socksPort: 99, interfaces: { eth0: { mtu: 1400 } } }).settings.net;
    const { net, problems } = readNet(base, { mdns: false, interfaces: { eth0: { ipv4: { method: 'off' } } } });
    expect(problems).toEqual([]);
    expect(net).toMatchObject({
      socksPort: 99,
      mdns: false,
      interfaces: { eth0: { mtu: 1400, ipv4: { method: 'off' } } },
    });
  });

  test('never fails and never gives anything but settings', () => {
    const text = fc.oneof(
      fc.string(),
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((ip) => `${ip}/24`),
    );
    const method = fc.oneof(fc.constantFrom('dhcp', 'static', 'auto', 'off'), fc.anything());
    const family = fc.oneof(fc.anything(), fc.record({ method, address: text, gateway: text }, { requiredKeys: [] }));
    const one = fc.oneof(
      fc.anything(),
      fc.record({ mtu: fc.anything(), ipv4: family, ipv6: family }, { requiredKeys: [] }),
    );
    const net = fc.record(
      {
        stack: fc.anything(),
        interfaces: fc.oneof(fc.anything(), fc.dictionary(fc.oneof(fc.string(), fc.constant('eth0')), one)),
        nameServers: fc.oneof(fc.anything(), fc.array(text)),
        socksPort: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.anything(), net), { maxLength: 3 }), (values) => {
        const { settings, problems } = read(...values);
        expect(['panos', 'kernel']).toContain(settings.net.stack);
        for (const server of settings.net.nameServers) expect(parseAddress(server)).toBeDefined();
        for (const { mtu, ipv4, ipv6 } of Object.values(settings.net.interfaces)) {
          expect(mtu === null || (mtu >= 576 && mtu <= 9216)).toBe(true);
          expect(['dhcp', 'static', 'off']).toContain(ipv4.method);
          expect(['auto', 'static', 'off']).toContain(ipv6.method);
        }
        expect(problems.length).toBeLessThanOrEqual(50);
      }),
    );
  });
});
