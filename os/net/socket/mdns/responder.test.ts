import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../environment/clock.ts';
import { SeededRandom } from '../../environment/random.ts';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { type DnsMessage, emptyMessage, encodeDnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { addressRecord, recordTypes } from '../../wire/dns/record.ts';
import { FakeUdp, type Sent } from '../fixture/fake-udp.ts';
import type { Datagram } from '../udp-contract.ts';
import { nextName, wins } from './conflict.ts';
import { MdnsResponder } from './responder.ts';

const address = (text: string) => parseAddress(text) as Address;
const unique = 0x8001;
const peer = { address: address('192.0.2.9'), port: 5353 };

function bench() {
  const clock = new SteppedClock();
  const udp = new FakeUdp();
  const log: string[] = [];
  let interfaces = [{ name: 'eth0', addresses: [address('192.0.2.10'), address('2001:db8::10')] }];
  const responder = new MdnsResponder({
    clock,
    random: new SeededRandom(2),
    udp,
    interfaces: () => interfaces,
    log: (_, message) => log.push(message),
  });
  const pass = (time: number) => clock.advance(clock.now + time);
  const message = ({ payload }: Sent) => parseDnsMessage(payload) as DnsMessage;
  let reported = 0;
  /** What was sent since the last call. */
  const said = () => {
    const news = udp.sent.slice(reported);
    reported = udp.sent.length;
    return news.map((sent) => {
      const { response, questions, answers } = message(sent);
      const what = response
        ? answers.map(({ name, type, ttl }) => `${name}/${type}/${ttl}`).join(' ')
        : questions.map(({ name }) => `${name}?`).join(' ');
      return `${formatAddress(sent.remote.address)} ${what}`;
    });
  };
  const hear = (change: Partial<DnsMessage>, more: Partial<Datagram> = {}, from = peer) =>
    udp.unclosed[0]?.deliver(encodeDnsMessage({ ...emptyMessage, ...change }) as Uint8Array, from, more);
  const ask = (name: string, type: number, more: Partial<DnsMessage> = {}, from = peer) =>
    hear({ questions: [{ name, type, class: 1 }], ...more }, {}, from);
  const settle = () => {
    responder.start('box');
    pass(4000);
    said();
  };
  return {
    clock,
    udp,
    log,
    responder,
    pass,
    said,
    hear,
    ask,
    settle,
    message,
    move: (next: typeof interfaces) => {
      interfaces = next;
    },
  };
}

describe('a name in .local', () => {
  it('is probed three times and announced twice, on both groups', () => {
    const { responder, pass, said, udp, message } = bench();
    responder.start('box.lan.example');
    pass(749);
    expect(said()).toEqual(new Array(3).fill(['224.0.0.251 box.local?', 'ff02::fb box.local?']).flat());
    const probe = message(udp.sent[0] as Sent);
    expect(probe.questions).toEqual([{ name: 'box.local', type: 255, class: unique }]);
    expect(probe.authorities).toEqual([
      addressRecord('box.local', address('192.0.2.10'), 120),
      addressRecord('box.local', address('2001:db8::10'), 120),
    ]);
    expect(udp.sent[0]?.options).toEqual({ interface: 'eth0', hopLimit: 255 });
    expect(udp.sockets[0]?.groups).toHaveLength(2);
    pass(3000);
    const records = 'box.local/1/120 box.local/28/120 10.2.0.192.in-addr.arpa/12/120 ';
    const announced = said();
    expect(announced).toHaveLength(4);
    expect(announced[0]).toMatch(new RegExp(`^224\\.0\\.0\\.251 ${records}`));
    expect(message(udp.sent.at(-1) as Sent).answers.every((record) => record.class === unique)).toBe(true);
    expect(responder.name).toBe('box.local');
  });

  it('is said goodbye', () => {
    const { responder, settle, said, udp } = bench();
    settle();
    responder.stop();
    expect(said()[0]).toMatch(/box\.local\/1\/0/);
    expect(udp.unclosed).toHaveLength(0);
    expect(responder.name).toBeUndefined();
  });

  it('that is taken gets a number', () => {
    const { responder, pass, said, hear, log } = bench();
    responder.start('box');
    pass(300);
    hear({ response: true, answers: [addressRecord('BOX.local', address('192.0.2.66'), 120, unique)] });
    said();
    pass(4000);
    expect(said()[0]).toBe('224.0.0.251 box-2.local?');
    expect(responder.name).toBe('box-2.local');
    expect(log.join(' ')).toMatch(/tries box-2\.local/);
    expect([nextName('box-2'), nextName('box-x'), nextName('x'.repeat(63))]).toEqual([
      'box-3',
      'box-x-2',
      `${'x'.repeat(61)}-2`,
    ]);
  });

  it('that is held and disputed is probed again', () => {
    const { responder, settle, pass, said, hear } = bench();
    settle();
    const claim = { response: true, answers: [addressRecord('box.local', address('192.0.2.66'), 120, unique)] };
    hear(claim, { hopLimit: 64 });
    expect(responder.name).toBe('box.local');
    hear(claim);
    expect(responder.name).toBeUndefined();
    pass(0);
    expect(said()[0]).toBe('224.0.0.251 box.local?');
    hear(claim);
    pass(4000);
    expect(responder.name).toBe('box-2.local');
  });

  it('is not disputed by our own echo, by goodbyes, or by other names', () => {
    const { responder, settle, hear } = bench();
    settle();
    for (const record of [
      addressRecord('box.local', address('192.0.2.10'), 120, unique),
      addressRecord('box.local', address('192.0.2.66'), 0, unique),
      addressRecord('other.local', address('192.0.2.66'), 120, unique),
    ]) {
      hear({ response: true, answers: [record] });
    }
    expect(responder.name).toBe('box.local');
  });

  it('that two claim at once is for the one whose records are greater: RFC 6762, section 8.2.1', () => {
    const one = [addressRecord('box.local', address('169.254.99.200'), 120)];
    const two = [addressRecord('box.local', address('169.254.200.50'), 120)];
    expect([
      wins(two, one),
      wins(one, two),
      wins(one, one),
      wins([...one, ...two], one),
      wins(one, [...one, ...two]),
    ]).toEqual([true, false, true, true, false]);
    const { responder, pass, said, hear } = bench();
    responder.start('box');
    pass(300);
    said();
    hear({
      questions: [{ name: 'box.local', type: 255, class: unique }],
      authorities: [
        addressRecord('box.local', address('203.0.113.9'), 120),
        addressRecord('box.local', address('203.0.113.10'), 120),
      ],
    });
    pass(999);
    expect(said()).toEqual([]);
    pass(4000);
    expect(responder.name).toBe('box.local');
  });

  it('does not make a storm when it is disputed for ever', () => {
    const { responder, pass, hear, udp } = bench();
    responder.start('box');
    for (let round = 0; round < 600; round++) {
      pass(100);
      const last = udp.sent.at(-1);
      const [question] = parseDnsMessage(last?.payload ?? new Uint8Array())?.questions ?? [];
      if (question !== undefined)
        hear({ response: true, answers: [addressRecord(question.name, address('192.0.2.66'), 120, unique)] });
    }
    expect(udp.sent.length).toBeLessThan(100);
  });
});

describe('answers', () => {
  it('are the addresses, by multicast, at most once a second', () => {
    const { settle, ask, said, pass } = bench();
    settle();
    pass(1000);
    ask('Box.local', recordTypes.A);
    ask('box.local', recordTypes.A);
    expect(said()).toEqual(['224.0.0.251 box.local/1/120']);
    pass(1000);
    ask('box.local', 255);
    expect(said()).toEqual(['224.0.0.251 box.local/1/120 box.local/28/120 box.local/47/120']);
  });

  it('are names of addresses, and that there is nothing else', () => {
    const { settle, ask, said, pass, udp, message } = bench();
    settle();
    pass(1000);
    ask('10.2.0.192.in-addr.arpa', recordTypes.PTR);
    ask('box.local', recordTypes.SRV);
    ask('other.local', recordTypes.A);
    expect(said()).toEqual(['224.0.0.251 10.2.0.192.in-addr.arpa/12/120', '224.0.0.251 box.local/47/120']);
    const [nsec] = message(udp.sent.at(-1) as Sent).answers;
    // A is the second bit of the first byte, AAAA the fifth of the fourth.
    expect(nsec?.data.kind === 'opaque' && [...nsec.data.bytes].slice(-6)).toEqual([0, 4, 0x40, 0, 0, 0x08]);
  });

  it('are not what the asker knows already', () => {
    const { settle, ask, said, pass } = bench();
    settle();
    pass(1000);
    const known = (ttl: number) => ({ answers: [addressRecord('box.local', address('192.0.2.10'), ttl)] });
    ask('box.local', recordTypes.A, known(60));
    expect(said()).toEqual([]);
    ask('box.local', recordTypes.A, known(59));
    expect(said()).toHaveLength(1);
  });

  it('go to the asker alone when it wants that, or speaks plain DNS', () => {
    const { settle, ask, said, udp, message } = bench();
    settle();
    ask('box.local', recordTypes.A, { questions: [{ name: 'box.local', type: 1, class: unique }] });
    expect(said()).toEqual(['192.0.2.9 box.local/1/120']);
    ask('box.local', recordTypes.A, { id: 77 }, { address: peer.address, port: 40_000 });
    const sent = udp.sent.at(-1) as Sent;
    expect(sent.remote.port).toBe(40_000);
    expect(message(sent)).toMatchObject({
      id: 77,
      questions: [{ name: 'box.local' }],
      answers: [{ class: 1, ttl: 10 }],
    });
  });

  it('speak of the interface that was asked on', () => {
    const { responder, settle, hear, said, pass, move } = bench();
    settle();
    move([
      { name: 'eth0', addresses: [address('192.0.2.10')] },
      { name: 'eth1', addresses: [address('198.51.100.10')] },
    ]);
    responder.changed();
    pass(5000);
    said();
    hear({ questions: [{ name: 'box.local', type: 1, class: 1 }] }, { interface: 'eth1' });
    hear({ questions: [{ name: 'box.local', type: 1, class: 1 }] }, { interface: 'eth7' });
    expect(said()).toEqual(['224.0.0.251 box.local/1/120']);
  });

  it('never make it throw, whatever the bytes', () => {
    const { settle, udp, pass } = bench();
    settle();
    const query = encodeDnsMessage({
      ...emptyMessage,
      questions: [{ name: 'box.local', type: 255, class: 1 }],
      answers: [addressRecord('box.local', address('192.0.2.66'), 120)],
    }) as Uint8Array;
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (noise, changes) => {
          udp.unclosed[0]?.deliver(noise, peer);
          const changed = query.slice();
          for (const [at, value] of changes) changed[at % changed.length] = value;
          udp.unclosed[0]?.deliver(changed, peer);
          pass(100);
        },
      ),
      { numRuns: 4000 },
    );
  });
});
