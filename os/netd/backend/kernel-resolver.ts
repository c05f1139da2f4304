/** Names by Node.js's own resolver, asking the servers that the network's configuration names. */
import { Resolver as NodeResolver } from 'node:dns/promises';
import { NameError, type Resolver } from '../../net/host/host.ts';
import { type Address, formatAddress, parseAddress } from '../../net/wire/address.ts';

const codes: readonly NameError['code'][] = ['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT', 'EBADNAME'];

/** The same failure in our terms. */
function inOurTerms(error: Error & { code?: string }): NameError {
  const code = error.code === 'ECONNREFUSED' ? 'EREFUSED' : error.code;
  return new NameError(codes.find((each) => each === code) ?? 'ESERVFAIL', error.message);
}

/** `servers` is asked before each question. */
export function kernelResolver(servers: () => readonly string[]): Resolver {
  const ask = async <T>(question: (resolver: NodeResolver) => Promise<T>): Promise<T> => {
    const resolver = new NodeResolver({ timeout: 2000, tries: 3 });
    const named = servers();
    if (named.length === 0) throw new NameError('ESERVFAIL', 'no name server is known');
    resolver.setServers(named.map((server) => server.replace(/%.*/, '')));
    return question(resolver).catch((error) => {
      throw inOurTerms(error);
    });
  };
  const parsed = (texts: readonly string[]): Address[] => texts.flatMap((text) => parseAddress(text) ?? []);
  return {
    async lookup(name, family = 0) {
      const questions = [
        ...(family === 4 ? [] : [ask((resolver) => resolver.resolve6(name))]),
        ...(family === 6 ? [] : [ask((resolver) => resolver.resolve4(name))]),
      ];
      const answers = await Promise.allSettled(questions);
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? parsed(answer.value) : []));
      if (found.length > 0) return found;
      throw (answers.find((answer) => answer.status === 'rejected') as PromiseRejectedResult | undefined)?.reason;
    },
    async resolve(name, type) {
      const answer: unknown = await ask((resolver) => resolver.resolve(name, type));
      return Array.isArray(answer) ? answer : [answer];
    },
    reverse: (address) => ask((resolver) => resolver.reverse(formatAddress(address))),
  };
}
