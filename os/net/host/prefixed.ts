import { type Address, byteLength, parseAddress } from '../wire/address.ts';

/** An address with the length of its network's prefix: `192.0.2.1/24`. Without a length it stands for itself alone. */
export function parsePrefixed(text: string): { address: Address; prefixLength: number } | undefined {
  const [name = '', length] = text.split('/');
  const address = parseAddress(name);
  if (address === undefined) return undefined;
  const most = byteLength(address) * 8;
  const prefixLength = length === undefined ? most : Number(length);
  return Number.isInteger(prefixLength) && prefixLength >= 0 && prefixLength <= most
    ? { address, prefixLength }
    : undefined;
}
