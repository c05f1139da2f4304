import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deadline } from '../../host/lib/deadline.ts';
import { silent } from '../../host/lib/progress.ts';
import { openToolbox, type Toolbox } from '../../host/toolbox/toolbox.ts';
import { far, segments } from './addresses.ts';
import { Capture } from './capture.ts';
import { makeTrust } from './certificates.ts';
import type { LabHost } from './host.ts';
import { LabNetwork } from './network.ts';
import { dnsmasq } from './servers/dnsmasq.ts';
import { iperf3 } from './servers/iperf3.ts';
import { nginx, pages } from './servers/nginx.ts';
import { radvd } from './servers/radvd.ts';
import { timeServer } from './servers/time.ts';
import { unbound } from './servers/unbound.ts';

const { ipv4, ipv6 } = segments.lan0;

let toolbox: Toolbox;
let directory: string;
beforeAll(async () => {
  toolbox = await openToolbox(silent, 'lab');
  directory = await mkdtemp(join(tmpdir(), 'panos-network-'));
}, 600_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

const soon = () => Deadline.in(20);

/** Processes whose command line has this text. */
async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' '));
}

/** What a program of Python's standard library or of scapy prints on a host. */
async function python(host: LabHost, lines: readonly string[]): Promise<string> {
  return (await host.run('python3.13', ['-'], { input: lines.join('\n') })).trim();
}

test('servers serve a host of the segment, and all is gone afterwards', async () => {
  const own = join(directory, 'whole');
  {
    await using network = await LabNetwork.open(toolbox, own, soon());
    const client = await network.addHost('client', 'lan0', [`192.0.2.7/24`, `${ipv6.prefix}7/64`], soon());
    await client.ip(`route add default via ${ipv4.router}`, `route add default via ${ipv6.router}`);
    const { router } = network;
    const trust = await makeTrust(toolbox, join(own, 'trust'), { dns: ['web.lab.example'], ip: [ipv4.web] });
    await router.start(dnsmasq(segments.lan0, { renewAfter: 5, ipv6: 'stateful' }));
    await router.start(radvd(segments.lan0, { managed: true }));
    const names = await router.start(unbound(segments.lan0));
    await router.start(nginx(trust.server));
    await router.start(iperf3());
    await router.start(timeServer(segments.lan0, 3600));
    await using capture = await Capture.start(router, ['port0'], toolbox);

    for (const address of [ipv4.router, ipv6.router, far.ipv4, far.ipv6]) {
      expect(await client.pings(address, 2), address).toBe(true);
    }
    expect(await client.pings('192.0.2.99', 1)).toBe(false);

    const lease = await client.run('nmap', ['--script', 'broadcast-dhcp-discover', '-e', 'eth0']);
    expect(lease).toMatch(/IP Offered: 192\.0\.2\.1\d\d/);
    expect(lease).toMatch(/Renewal Time Value: 5s/);
    expect(lease).toContain(`Router: ${ipv4.router}`);
    expect(lease).toContain(`Domain Name Server: ${ipv4.nameServer}`);
    expect(await client.run('rdisc6', ['-1', 'eth0'])).toMatch(
      /Stateful address conf\.\s+: +Yes(.|\n)*Recursive DNS server/,
    );

    const query = (name: string, type: string) => [
      'from scapy.all import *',
      's = socket.create_connection(("192.0.2.53", 53))',
      `q = bytes(DNS(rd=1, qd=DNSQR(qname="${name}.lab.example", qtype="${type}")))`,
      's.sendall(len(q).to_bytes(2, "big") + q)',
      'f = s.makefile("rb"); r = DNS(f.read(int.from_bytes(f.read(2), "big")))',
      'u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.connect(("2001:db8:1::53", 53)); u.send(q)',
      't = DNS(u.recv(4096))',
      'print(r.rcode, r.aa, r.ancount, t.tc, [x.rdata for x in r.an][-1:])',
    ];
    expect(await python(client, query('chain', 'A'))).toBe("0 1 3 0 ['192.0.2.80']");
    expect(await python(client, query('big', 'TXT'))).toMatch(/^0 1 1 1 /);
    expect(await python(client, query('nothing', 'A'))).toMatch(/^3 1 0 0/);
    expect(names.log).toContain('chain.lab.example. A IN');

    const fetched = await python(client, [
      'import hashlib, ssl, urllib.request, tempfile',
      `trust = ssl.create_default_context(cadata=${JSON.stringify(trust.authority)})`,
      `for url in ("http://${ipv4.web}/page", "http://[${ipv6.web}]/large", "http://${far.ipv4}/large", "https://${ipv4.web}/page"):`,
      '  print(hashlib.sha256(urllib.request.urlopen(url, context=trust).read()).hexdigest())',
    ]);
    const [page, large] = pages;
    expect(fetched.split('\n')).toEqual([page.sha256, large.sha256, large.sha256, page.sha256]);

    const told = await python(client, [
      'import socket, time',
      's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)',
      `s.sendto(b"\\x23" + bytes(47), ("${ipv4.timeServer}", 123)); b = s.recv(100)`,
      'print(round((int.from_bytes(b[40:44], "big") - 2208988800 - time.time()) / 3600))',
    ]);
    expect(told).toBe('1');

    expect(await client.run('iperf3', ['-c', ipv4.router, '-t', '1', '--json'])).toContain('bits_per_second');

    const { macs } = JSON.parse(
      await python(client, [
        'import json; print(json.dumps({"macs": [open("/sys/class/net/eth0/address").read().strip()]}))',
      ]),
    ) as { macs: string[] };
    expect(macs).toHaveLength(1);
    expect(await capture.frames('dns.qry.name == "chain.lab.example"', ['dns.qry.name'])).not.toEqual([]);
    expect((await network.evidence()).map(({ name }) => name)).toContain('dhcp log');
    expect(await processesWith(own)).not.toEqual([]);
  }
  expect(await processesWith(own)).toEqual([]);
});

test('a broken frame does not get past the capture', async () => {
  await using network = await LabNetwork.open(toolbox, join(directory, 'broken'), soon());
  const client = await network.addHost('client', 'lan0', ['192.0.2.7/24'], soon());
  const record = () => Capture.start(network.router, ['port0'], toolbox, `capture-${performance.now()}`);
  const send = (packet: string) =>
    python(client, [
      'from scapy.all import *',
      `sendp(Ether(src="52:54:00:12:34:56", dst="${segments.lan0.mac}") / ${packet}, iface="eth0", verbose=0)`,
    ]);
  const ip = `IP(src="192.0.2.7", dst="${ipv4.router}")`;
  {
    await using capture = await record();
    await send(`${ip} / UDP(sport=5000, dport=5001) / b"whole"`);
    expect(await capture.expectFlawless(['52:54:00:12:34:56'])).toBe(1);
    await expect(capture.expectFlawless(['52:54:00:12:34:57'])).rejects.toThrow('no frame at all');
  }
  for (const broken of [
    `${ip} / UDP(sport=5000, dport=5001, chksum=7) / b"x"`,
    `${ip} / TCP(sport=5000, dport=5001, chksum=7)`,
    `${ip} / ICMP(chksum=7)`,
    `IP(src="192.0.2.7", dst="${ipv4.router}", chksum=7) / UDP()`,
    `${ip} / UDP(sport=68, dport=67) / b"\\x01\\x01\\x06"`,
  ]) {
    await using capture = await record();
    await send(broken);
    await expect(capture.expectFlawless(['52:54:00:12:34:56']), broken).rejects.toThrow(/1 frames .* not right/);
  }
});

test('everything is gone when the process that made it is killed', async () => {
  const own = join(directory, 'killed');
  const program = `
    const { LabNetwork } = await import(${JSON.stringify(join(import.meta.dirname, 'network.ts'))});
    const { nginx } = await import(${JSON.stringify(join(import.meta.dirname, 'servers/nginx.ts'))});
    const { openToolbox } = await import(${JSON.stringify(join(import.meta.dirname, '../../host/toolbox/toolbox.ts'))});
    const { Deadline } = await import(${JSON.stringify(join(import.meta.dirname, '../../host/lib/deadline.ts'))});
    const toolbox = await openToolbox({ step: (name, work) => work(() => {}), note() {} }, 'lab');
    const network = await LabNetwork.open(toolbox, ${JSON.stringify(own)}, Deadline.in(20));
    await network.router.start(nginx());
    console.log(network.router.namespace.identity.process);
  `;
  const child = execa(process.execPath, ['--input-type=module', '--eval', program], { reject: false, buffer: false });
  const holder = await soon().race(
    new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk).trim()))),
    'the network of another process',
  );
  expect(await processesWith(own)).not.toEqual([]);
  child.kill('SIGKILL');
  await child;
  await soon().poll('the end of its servers', async () => ((await processesWith(own)).length === 0 ? true : undefined));
  await soon().poll('the end of its namespace', () =>
    readFile(`/proc/${holder}/stat`, 'utf8').then(
      () => undefined,
      () => true,
    ),
  );
});

test('a server that cannot serve says why', async () => {
  await using network = await LabNetwork.open(toolbox, join(directory, 'refused'), soon());
  const plan = { ...radvd(segments.lan0), files: { 'radvd.conf': 'interface lan0 { nonsense; };' } };
  await expect(network.router.start(plan)).rejects.toThrow(/advertisements ended: .*error/i);
});
