/** What each field of the part `net` may be. Messages end the sentence "… is not …". */
import {
  array,
  boolean,
  check,
  forward,
  type GenericSchema,
  integer,
  literal,
  maxLength,
  maxValue,
  minValue,
  nullable,
  number,
  optional,
  partialCheck,
  picklist,
  pipe,
  strictObject,
  string,
  variant,
} from 'valibot';
import {
  type Address,
  directedBroadcast,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  networkOf,
  parseAddress,
  sharesPrefix,
  unmapped,
} from '../net/wire/address.ts';

/** RFC 1123, section 2.1; underscores occur in domains. At most 253 characters: RFC 1035, section 2.3.4. */
const domain = /^(?=.{1,253}\.?$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

interface Prefixed {
  readonly address: Address;
  readonly length: number;
}

/** `192.0.2.10/24`, `2001:db8::10/64` */
function parsePrefixed(text: string): Prefixed | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = parseAddress(match?.[1] ?? '');
  const length = Number(match?.[2]);
  if (address === undefined || length < 1 || length > (isIpv4(address) ? 32 : 128)) return undefined;
  return { address, length };
}

/** Whether one machine can have this address. */
function isHost({ address, length }: Prefixed): boolean {
  if (isMulticast(address) || isUnspecified(address) || isLoopback(address) || unmapped(address) !== address)
    return false;
  if (!isIpv4(address)) return !isLinkLocal(address);
  // The first and the last address of a network are not a host's, unless there are only two (RFC 3021).
  return length >= 31 || (address !== networkOf(address, length) && address !== directedBroadcast(address, length));
}

const hostAddress = (ipv4: boolean, example: string) =>
  pipe(
    string(`an address with its prefix length, as ${example}`),
    check((text) => {
      const prefixed = parsePrefixed(text);
      return prefixed !== undefined && isIpv4(prefixed.address) === ipv4 && isHost(prefixed);
    }, `an address that a machine can have, with its prefix length, as ${example}`),
  );

const gatewayText = nullable(string('an address or null'), null);

/** The gateway is on the link: in the subnet, or link-local. */
const reachable = ({ address, gateway }: { address: string; gateway?: string | null | undefined }): boolean => {
  if (gateway === undefined || gateway === null) return true;
  const [own, router] = [parsePrefixed(address), parseAddress(gateway)];
  if (own === undefined || router === undefined || own.address === router) return false;
  if (!isIpv4(router) && isLinkLocal(router)) return true;
  return sharesPrefix(own.address, router, own.length) && !isMulticast(router);
};

const fixed = (ipv4: boolean, example: string, gateway: string) =>
  pipe(
    strictObject({
      method: literal('static'),
      address: hostAddress(ipv4, example),
      gateway: optional(gatewayText, null),
    }),
    forward(partialCheck([['address'], ['gateway']], reachable, gateway), ['gateway']),
  );

const ipv4 = variant(
  'method',
  [
    strictObject({ method: picklist(['dhcp', 'off']) }),
    fixed(true, '"192.0.2.10/24"', 'an address of the same network, and another one'),
  ],
  '"dhcp", "static" or "off"',
);

const ipv6 = variant(
  'method',
  [
    strictObject({ method: literal('auto'), temporary: optional(boolean('true or false'), false) }),
    strictObject({ method: literal('off') }),
    fixed(false, '"2001:db8::10/64"', 'an address of the same network or a link-local one, and another one'),
  ],
  '"auto", "static" or "off"',
);

const whole = (least: number, most: number, expected: string) =>
  pipe(number(expected), integer(expected), minValue(least, expected), maxValue(most, expected));

const list = (most: number, expected: string, suits: (text: string) => boolean) => {
  const message = `a list of at most ${most} ${expected}`;
  return pipe(array(pipe(string(message), check(suits, message)), message), maxLength(most, message));
};

const isUnicast = (text: string): boolean => {
  const address = parseAddress(text);
  return address !== undefined && !isMulticast(address) && !isUnspecified(address);
};

/** Without IPv6 smaller frames are possible: RFC 791 against RFC 8200, section 5. */
export const leastMtu = { ipv4: 576, ipv6: 1280 } as const;

/** Fields beside `interfaces`. */
export const netFields: Readonly<Record<string, GenericSchema>> = {
  stack: picklist(['panos', 'kernel'], '"panos" or "kernel"'),
  nameServers: list(8, 'addresses', isUnicast),
  searchDomains: list(8, 'domains', (text) => domain.test(text)),
  timeServers: list(
    8,
    'addresses or names',
    (text) => isUnicast(text) || (domain.test(text) && !/^[\d.]+$/.test(text)),
  ),
  mdns: boolean('true or false'),
  socksPort: whole(0, 65_535, 'a port from 0 to 65535'),
};

/** Fields of one interface; each stands for itself. */
export const interfaceFields: Readonly<Record<string, GenericSchema>> = {
  mtu: nullable(whole(leastMtu.ipv4, 9216, 'null or a whole number of bytes from 1280 (576 without IPv6) to 9216')),
  ipv4,
  ipv6,
};

/** A name as Linux has them (IFNAMSIZ: 15 characters), an Ethernet address, or all others. */
export const interfaceKey = /^(\*|[a-z][a-z0-9_.-]{0,14}|[0-9a-f]{2}(:[0-9a-f]{2}){5})$/i;
export const mostInterfaces = 64;
