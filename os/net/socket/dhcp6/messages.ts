/** What the client says: RFC 8415, section 18.2. */
import { put16 } from '../../wire/bytes.ts';
import {
  type Dhcp6Address,
  type Dhcp6Option,
  dhcp6Options,
  dhcp6Types,
  encodeDhcp6,
  encodeIdentityAssociation,
} from '../../wire/dhcp6.ts';
import { type MacAddress, writeMac } from '../../wire/mac.ts';

/** DUID-LL: RFC 8415, section 11.4. The same after every installation, as the reservations of servers want it. */
export function duidOf(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(10);
  put16(bytes, 0, 3);
  put16(bytes, 2, 1);
  writeMac(bytes, 4, mac);
  return bytes;
}

export type Dhcp6Exchange =
  | 'soliciting'
  | 'requesting'
  | 'confirming'
  | 'renewing'
  | 'rebinding'
  | 'releasing'
  | 'declining'
  | 'informing';

interface Shape {
  readonly type: keyof typeof dhcp6Types;
  /** It names the server that it is for. */
  readonly server: boolean;
  readonly association: boolean;
  /** Options that the answer should have. */
  readonly wanted: readonly number[];
}

const { nameServers, searchDomains, sntpServers, ntpServers, refreshTime } = dhcp6Options;
const configuration = [nameServers, searchDomains, ntpServers, sntpServers, dhcp6Options.solicitMaximum];

const shapes: Readonly<Record<Dhcp6Exchange, Shape>> = {
  soliciting: { type: 'solicit', server: false, association: true, wanted: configuration },
  requesting: { type: 'request', server: true, association: true, wanted: configuration },
  confirming: { type: 'confirm', server: false, association: true, wanted: [] },
  renewing: { type: 'renew', server: true, association: true, wanted: configuration },
  rebinding: { type: 'rebind', server: false, association: true, wanted: configuration },
  releasing: { type: 'release', server: true, association: true, wanted: [] },
  declining: { type: 'decline', server: true, association: true, wanted: [] },
  informing: {
    type: 'informationRequest',
    server: false,
    association: false,
    wanted: [nameServers, searchDomains, ntpServers, sntpServers, refreshTime, dhcp6Options.informationMaximum],
  },
};

export interface ClientMessage {
  readonly exchange: Dhcp6Exchange;
  readonly transaction: number;
  readonly duid: Uint8Array;
  readonly server: Uint8Array | undefined;
  readonly associationId: number;
  readonly addresses: readonly Dhcp6Address[];
  /** Milliseconds since this exchange began. */
  readonly elapsed: number;
}

export function clientMessage(message: ClientMessage): Uint8Array {
  const shape = shapes[message.exchange];
  const options: Dhcp6Option[] = [{ code: dhcp6Options.clientId, content: message.duid }];
  if (shape.server && message.server !== undefined) {
    options.push({ code: dhcp6Options.serverId, content: message.server });
  }
  options.push({
    code: dhcp6Options.elapsedTime,
    content: words([Math.min(0xffff, Math.floor(message.elapsed / 10))]),
  });
  if (shape.association) {
    // Sections 18.2.3 to 18.2.8: in what a client says, times have no meaning and are zero.
    const addresses = message.addresses.map(({ address }) => ({ address, preferredLifetime: 0, validLifetime: 0 }));
    const association = { id: message.associationId, t1: 0, t2: 0, addresses, status: 0 };
    options.push({ code: dhcp6Options.identityAssociation, content: encodeIdentityAssociation(association) });
  }
  if (message.exchange === 'soliciting') options.push({ code: dhcp6Options.rapidCommit, content: new Uint8Array(0) });
  if (shape.wanted.length > 0) options.push({ code: dhcp6Options.optionRequest, content: words(shape.wanted) });
  return encodeDhcp6({ type: dhcp6Types[shape.type], transaction: message.transaction, options });
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  for (const [index, value] of values.entries()) put16(bytes, 2 * index, value);
  return bytes;
}
