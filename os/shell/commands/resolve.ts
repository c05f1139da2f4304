import { isIP } from 'node:net';
import type { RecordType } from '../../sockets/protocol.ts';
import { reaching } from '../values/network-failure.ts';
import { badArguments, CommandError } from '../values/status.ts';
import type { Command } from './command.ts';

/** How a record of each type reads; its shape is that of `dns.promises.resolve`. */
const asText: Readonly<Record<RecordType, (record: never) => string>> = {
  A: String,
  AAAA: String,
  CNAME: String,
  NS: String,
  PTR: String,
  MX: ({ priority, exchange }: { priority: number; exchange: string }) => `${priority} ${exchange}`,
  SRV: ({ priority, weight, port, name }: { priority: number; weight: number; port: number; name: string }) =>
    `${priority} ${weight} ${port} ${name}`,
  TXT: (chunks: readonly string[]) => chunks.join(''),
};
const isType = (word: string): word is RecordType => Object.hasOwn(asText, word);

export const resolve: Command = {
  name: 'resolve',
  summary: 'what the name servers say about a name',
  usage: 'resolve NAME [TYPE]',
  operands: { least: 1, most: 2, are: 'text' },
  options: [],
  examples: [
    {
      line: 'resolve www.example.org',
      explains: 'its addresses',
      gives: [
        { name: 'www.example.org', type: 'A', value: '192.0.2.80', address: '192.0.2.80' },
        { name: 'www.example.org', type: 'AAAA', value: '2001:db8::80', address: '2001:db8::80' },
      ],
    },
    {
      line: 'resolve example.org mx',
      explains: 'other records',
      gives: [{ type: 'MX', value: '10 mail.example.org' }],
    },
    {
      line: 'resolve 192.0.2.80',
      explains: 'the name of an address',
      gives: [{ type: 'PTR', value: 'www.example.org' }],
    },
    { line: 'resolve nowhere.example.org', explains: 'a name that does not exist', status: 404 },
    { line: 'resolve example.org loc', explains: 'a type that is not known here', status: 400 },
  ],
  presentation: { as: 'table', columns: [{ key: 'name' }, { key: 'type' }, { key: 'value' }] },
  async *run(args, context) {
    const [name = '', word] = args.operands;
    const type = word?.toUpperCase();
    if (type !== undefined && !isType(type)) throw badArguments(`TYPE is one of ${Object.keys(asText).join(', ')}`);
    const network = await context.network();
    if (isIP(name) !== 0 && type === undefined) {
      for (const value of await reaching(network.reverse(name, context.signal), name))
        yield { name, type: 'PTR', value };
      return;
    }
    const types: readonly RecordType[] = type === undefined ? ['A', 'AAAA'] : [type];
    const answers = await Promise.allSettled(types.map((each) => network.resolve(name, each, context.signal)));
    let found = 0;
    for (const [index, answer] of answers.entries()) {
      const type = types[index] as RecordType;
      if (answer.status === 'rejected') continue;
      for (const record of answer.value) {
        found += 1;
        const value = asText[type](record as never);
        yield { name, type, value, ...(type === 'A' || type === 'AAAA' ? { address: value } : {}) };
      }
    }
    // One family is enough; without any, the first failure tells most.
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (found === 0 && failed !== undefined) await reaching(Promise.reject(failed.reason), name);
    if (found === 0) throw new CommandError(404, `${name}: the name exists, but has no such record`);
  },
};
