/** What the client says: RFC 2131, section 4.4.1, table 5. */
import { type Address, addressBytes, unspecified4 } from '../../wire/address.ts';
import { dhcp4Options, dhcp4Types, encodeDhcp4 } from '../../wire/dhcp4.ts';
import { type MacAddress, writeMac } from '../../wire/mac.ts';

const wanted = Uint8Array.of(
  dhcp4Options.subnetMask,
  // Before the routers: RFC 3442.
  dhcp4Options.classlessRoutes,
  dhcp4Options.router,
  dhcp4Options.nameServers,
  dhcp4Options.domainName,
  dhcp4Options.searchDomains,
  dhcp4Options.mtu,
  dhcp4Options.timeServers,
  dhcp4Options.leaseTime,
  dhcp4Options.renewalTime,
  dhcp4Options.rebindingTime,
);

/** Option 57: what fits into one Ethernet frame. */
const longestMessage = Uint8Array.of(1500 >> 8, 1500 & 0xff);

/**
 * The identifier of RFC 2132, section 9.14: type and address of the hardware. RFC 4361 would have a DUID here; one that is
 * made of the same address identifies no better, and reservations in servers are made for the address.
 */
const clientIdOf = (mac: MacAddress): Uint8Array => {
  const bytes = new Uint8Array(7);
  bytes[0] = 1;
  writeMac(bytes, 1, mac);
  return bytes;
};

export interface ClientMessage {
  readonly type: keyof typeof dhcp4Types;
  readonly transaction: number;
  readonly seconds: number;
  readonly mac: MacAddress;
  readonly hostname: string;
  /** The address in use, which answers may be sent to. */
  readonly clientAddress?: Address | undefined;
  readonly requestedAddress?: Address | undefined;
  readonly server?: Address | undefined;
}

const ascii = new TextEncoder();

export function clientMessage(message: ClientMessage): Uint8Array {
  const { type, mac, clientAddress, requestedAddress, server } = message;
  const options = new Map<number, Uint8Array>();
  options.set(dhcp4Options.messageType, Uint8Array.of(dhcp4Types[type]));
  options.set(dhcp4Options.clientId, clientIdOf(mac));
  if (requestedAddress !== undefined) options.set(dhcp4Options.requestedAddress, addressBytes(requestedAddress));
  if (server !== undefined) options.set(dhcp4Options.server, addressBytes(server));
  const expectsAnswer = type === 'discover' || type === 'request';
  if (expectsAnswer) {
    // RFC 4039: a server that may do so acknowledges at once.
    if (type === 'discover') options.set(dhcp4Options.rapidCommit, new Uint8Array(0));
    options.set(dhcp4Options.longestMessage, longestMessage);
    if (/^[\w-]{1,63}$/.test(message.hostname)) options.set(dhcp4Options.hostName, ascii.encode(message.hostname));
    options.set(dhcp4Options.parameterRequest, wanted);
  }
  return encodeDhcp4({
    operation: 'request',
    transaction: message.transaction,
    seconds: message.seconds,
    // Without an address the stack takes no unicast.
    broadcast: expectsAnswer && clientAddress === undefined,
    clientAddress: clientAddress ?? unspecified4,
    yourAddress: unspecified4,
    mac,
    options,
  });
}
