import { type Address, byteLength, parseAddress } from '../wire/address.ts';

/** An address with the length of its network's prefix: `192.0.2.1/24`. Without a length it stands for itself alone. */
export function parsePrefixed(text: string): { address: Address; prefixLength: number } | undefined {
  const [name = '', length, ...rest] = text.split('/');
  if (rest.length > 0) return undefined;
  const address = parseAddress(name);
  if (address === undefined) return undefined;
  const most = byteLength(address) * 8;
  if (length === undefined) return { address, prefixLength: most };
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? { address, prefixLength: Number(length) } : undefined;
}
