/** What people want to read in the log about the network: addresses that came and went, and carriers. */
import type { Severity } from '../control/protocol.ts';
import type { AddressStatus, InterfaceStatus, NetworkStatus } from '../sockets/status.ts';

export interface Announcement {
  readonly severity: Severity;
  readonly message: string;
}

const origins: Readonly<Record<AddressStatus['origin'], string>> = {
  static: 'settings',
  dhcp: 'DHCP',
  slaac: 'router advertisement',
  'link-local': 'itself, as no DHCP server answers',
  loopback: 'itself',
};

/** Every interface has an IPv6 address of its link; that says nothing. */
const worthTelling = ({ family, origin }: AddressStatus): boolean =>
  origin !== 'loopback' && (origin !== 'link-local' || family === 4);

const text = ({ address, prefixLength }: AddressStatus): string => `${address}/${prefixLength}`;

/** The addresses of an interface that can be used: also those that are still being proved to be nobody else's. */
const usable = (status: InterfaceStatus | undefined): readonly AddressStatus[] =>
  (status?.addresses ?? []).filter((address) => worthTelling(address) && address.state !== 'duplicate');

/** What is new in `after`; `uptime` is in seconds since boot. The boot benchmark reads the lines about addresses. */
export function announcements(
  before: NetworkStatus | undefined,
  after: NetworkStatus,
  uptime: number,
): readonly Announcement[] {
  const names = new Set([...(before?.interfaces ?? []), ...after.interfaces].map(({ name }) => name));
  const find = (status: NetworkStatus | undefined, name: string) =>
    status?.interfaces.find((each) => each.name === name);
  return [...names].flatMap((name) => ofInterface(name, find(before, name), find(after, name), uptime));
}

function ofInterface(
  name: string,
  before: InterfaceStatus | undefined,
  after: InterfaceStatus | undefined,
  uptime: number,
): Announcement[] {
  const found: Announcement[] = [];
  const say = (severity: Severity, what: string) => found.push({ severity, message: `network: ${name} ${what}` });
  if (after === undefined) say('warning', 'is gone');
  else if (before === undefined && !after.up) say('info', 'has no carrier');
  else if (before !== undefined && before.up !== after.up) {
    say(after.up ? 'info' : 'warning', after.up ? 'has a carrier again' : 'has lost its carrier');
  }
  const had = new Set(usable(before).map(text));
  const has = new Set(usable(after).map(text));
  for (const address of usable(after)) {
    if (!had.has(text(address))) {
      say('info', `${text(address)} by ${origins[address.origin]} after ${uptime.toFixed(2)} s`);
    }
  }
  if (after !== undefined) for (const lost of had) if (!has.has(lost)) say('warning', `has lost ${lost}`);
  const duplicates = (status: InterfaceStatus | undefined) =>
    (status?.addresses ?? []).filter(({ state }) => state === 'duplicate').map(text);
  const known = new Set(duplicates(before));
  for (const duplicate of duplicates(after)) {
    if (!known.has(duplicate)) say('error', `cannot have ${duplicate}: another machine has it`);
  }
  return found;
}
