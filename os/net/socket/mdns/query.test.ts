import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../environment/clock.ts';
import { SeededRandom } from '../../environment/random.ts';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { type DnsMessage, emptyMessage, encodeDnsMessage, parseDnsMessage } from '../../wire/dns/message.ts';
import { addressRecord, type ResourceRecord } from '../../wire/dns/record.ts';
import { FakeUdp } from '../fixture/fake-udp.ts';
import { hostRecords } from './protocol.ts';
import { MdnsQuerier } from './query.ts';

const address = (text: string) => parseAddress(text) as Address;

function bench() {
  const clock = new SteppedClock();
  const udp = new FakeUdp();
  const interfaces = () => [{ name: 'eth0', addresses: [address('192.0.2.10'), address('fe80::10')] }];
  const querier = new MdnsQuerier({ clock, random: new SeededRandom(2), udp, interfaces });
  const reply = (answers: readonly ResourceRecord[], change: Partial<DnsMessage> = {}, port = 5353) => {
    const [sent] = udp.sent;
    const { id } = parseDnsMessage(sent?.payload ?? new Uint8Array()) as DnsMessage;
    const bytes = encodeDnsMessage({ ...emptyMessage, id, response: true, answers, ...change }) as Uint8Array;
    sent?.socket.deliver(bytes, { address: address('192.0.2.9'), port });
  };
  return { clock, udp, querier, reply };
}

describe('a question by multicast', () => {
  it('goes to both groups, and takes the first answer and those right behind it', async () => {
    const { clock, udp, querier, reply } = bench();
    const found = querier.ask('printer.local', 1);
    expect(udp.sent.map(({ remote, options }) => `${formatAddress(remote.address)} ${options.interface}`)).toEqual([
      '224.0.0.251 eth0',
      'ff02::fb eth0',
    ]);
    const records = ['192.0.2.9', '192.0.2.8'].map((text) => addressRecord('Printer.local', address(text), 10, 0x8001));
    reply(records.slice(0, 1));
    reply(records.slice(1));
    clock.advance(50);
    expect(await found).toEqual(records.map((record) => ({ ...record, class: 1 })));
    expect(udp.unclosed).toHaveLength(0);
  });

  it('is asked twice, and given up after two seconds', async () => {
    const { clock, udp, querier } = bench();
    const found = querier.ask('printer.local', 1);
    clock.advance(2000);
    expect(await found).toEqual([]);
    expect(udp.sent).toHaveLength(4);
  });

  it('is over at once when the machine has no such record', async () => {
    const { clock, querier, reply } = bench();
    const found = querier.ask('printer.local', 28);
    reply(hostRecords('printer.local', { name: 'eth0', addresses: [address('192.0.2.9')] }));
    expect(await found).toEqual([]);
    expect(clock.now).toBe(0);
  });

  it('prefers addresses that mean something without an interface', async () => {
    const { clock, querier, reply } = bench();
    const found = querier.ask('printer.local', 28);
    reply(['fe80::9', '2001:db8::9'].map((text) => addressRecord('printer.local', address(text), 10)));
    clock.advance(50);
    expect((await found).map(({ data }) => data.kind === 'address' && formatAddress(data.address))).toEqual([
      '2001:db8::9',
    ]);
  });

  it('is not answered by what is no answer', async () => {
    const { clock, querier, reply } = bench();
    const found = querier.ask('printer.local', 1);
    const record = addressRecord('printer.local', address('203.0.113.66'), 10);
    reply([record], { id: 1 });
    reply([record], { response: false });
    reply([record], {}, 5354);
    reply([{ ...record, name: 'other.local' }]);
    clock.advance(2000);
    expect(await found).toEqual([]);
  });
});
