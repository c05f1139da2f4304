/** What programs that nobody here wrote find out about our stack: nmap, ndisc6, ping, and the attacks of thc-ipv6. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostOnCable, hostOnCable, ours } from './host-on-cable.ts';

let cable: HostOnCable;

beforeAll(async () => {
  cable = await hostOnCable();
  cable.turn(() => {
    const { tcp, udp } = cable.host;
    for (const port of [22, 80]) {
      tcp.listen({ port }).onConnection = (connection) => {
        connection.events = { onEnd: () => connection.finish() };
      };
    }
    const echo = udp.open({ port: 7 });
    echo.onDatagram = ({ payload, remote }) => echo.send(payload, remote);
  });
});
afterAll(() => cable.close());

/** Ports or protocols and their states, as nmap sees them: `22/tcp open`. */
async function scanned(...words: string[]): Promise<string[]> {
  const said = await cable.run(25, 'nmap', '-n', '-Pn', '--max-retries', '2', ...words);
  const rows = [...said.matchAll(/^(\d+\S*) +(\S+) /gm)].map(([, what, state]) => `${what} ${state}`);
  expect(rows, said).not.toEqual([]);
  return rows;
}

describe.each([
  ['IPv4', [ours.ipv4]],
  ['IPv6', ['-6', ours.ipv6]],
])('nmap by %s', (_, target) => {
  const [open, closed, silent] = ['22/tcp open', '81/tcp closed', '22/tcp open|filtered'];

  it.each([
    ['-sS', [open, closed]],
    ['-sT', [open, closed]],
    ['-sA', ['22/tcp unfiltered', '81/tcp unfiltered']],
    ['-sF', [silent, closed]],
    ['-sX', [silent, closed]],
    ['-sN', [silent, closed]],
  ])('%s: ports are what RFC 9293, section 3.10.7, makes of them', async (scan, expected) => {
    expect(await scanned(scan, '-p', '22,81', ...target)).toEqual(expected);
  });

  it('-sU: open and closed', async () => {
    expect(await scanned('-sU', '-p', '7,9', ...target)).toEqual(['7/udp open', '9/udp closed']);
  });
});

it('nmap finds the protocols that there are', async () => {
  const found = ['1 open', '6 open', '17 open', '47 closed', '132 closed'];
  expect(await scanned('-sO', '-p', '1,6,17,47,132', ours.ipv4)).toEqual(found);
  const found6 = ['6 open', '17 open', '58 open', '132 closed'];
  expect(await scanned('-6', '-sO', '-p', '6,17,58,132', ours.ipv6)).toEqual(found6);
});

it('nmap gets no answer to wrong checksums, and one to fragments of eight bytes', async () => {
  expect(await scanned('-sS', '--badsum', '-p', '22,81', ours.ipv4)).toEqual(['22/tcp filtered', '81/tcp filtered']);
  expect(await scanned('-sS', '-f', '-p', '22,81', ours.ipv4)).toEqual(['22/tcp open', '81/tcp closed']);
});

it('ping reaches it with long packets and with options, and all nodes by IPv6', async () => {
  for (const words of [
    ['-s', '30000', ours.ipv4],
    ['-s', '30000', ours.ipv6],
    ['-R', ours.ipv4],
    ['-T', 'tsandaddr', ours.ipv4],
  ]) {
    expect(await cable.run(10, 'ping', '-c', '1', '-W', '3', ...words), words.join(' ')).toContain('1 received');
  }
  const everybody = await cable.run(10, 'ping', '-c', '2', `ff02::1%${cable.device}`);
  expect(everybody).toContain(cable.linkLocal);
});

it('ndisc6 finds its Ethernet address by both of its addresses', async () => {
  for (const address of [ours.ipv6, cable.linkLocal]) {
    expect(await cable.run(10, 'ndisc6', '-1', address, cable.device)).toMatch(
      /Target link-layer address: [0-9A-F:]{17}/,
    );
  }
});

it('it outlives floods of advertisements, solicitations, redirects and fragments, and remembers little of them', async () => {
  const { device, linkLocal } = cable;
  for (const [program, ...words] of [
    ['atk6-flood_router26', device],
    ['atk6-flood_solicitate6', device, linkLocal],
    ['atk6-flood_advertise6', device, linkLocal],
    ['atk6-flood_redir6', device, linkLocal],
    ['atk6-flood_mld6', device],
    ['atk6-denial6', device, linkLocal, '2'],
    ['atk6-denial6', device, linkLocal, '6'],
    ['atk6-fuzz_ip6', '-3', '-H', '-F', '-D', '-R', device, linkLocal],
  ] as [string, ...string[]][]) {
    await cable.run(1.5, program, ...words);
  }
  const { neighbours, routes, interfaces } = cable.turn(() => cable.host.status());
  expect(interfaces[0]?.receivedFrames).toBeGreaterThan(10_000);
  expect(neighbours.length).toBeLessThanOrEqual(2048);
  expect(routes.length).toBeLessThanOrEqual(200);
  expect(await cable.alive()).toBe(true);
  expect(cable.defects).toEqual([]);
}, 60_000);
