/** ARP's part: answering, asking, and noticing who has our addresses. RFC 826, and RFC 5227 for conflicts. */
import { type Address, broadcast4, isLoopback, isMulticast, unspecified4 } from '../wire/address.ts';
import { type ArpMessage, arpLength, emitArp, parseArp } from '../wire/arp.ts';
import { emitEthernet, ethernetHeader, etherTypes } from '../wire/ethernet.ts';
import { broadcastMac, isStation, type MacAddress, noMac } from '../wire/mac.ts';
import type { Interface } from './interface.ts';

/** A message that arrived on `on`. */
export function receiveArp(on: Interface, bytes: Uint8Array, start: number, end: number): void {
  const message = parseArp(bytes, start, end);
  if (message === undefined || !isPlausible(message)) {
    on.receivedErrors += 1;
    return;
  }
  const { senderMac, senderAddress, targetAddress, operation } = message;
  // Our own, come back over a loop.
  if (senderMac === on.mac) return;
  noticeConflict(on, message);
  if (senderAddress === unspecified4) {
    // Somebody probes: an answer defends what is ours.
    if (operation === 'request' && isSettled(on, targetAddress)) sendReply(on, message);
    return;
  }
  if (on.addresses.owns(senderAddress)) return;
  const forUs = on.addresses.owns(targetAddress);
  on.neighbours[4].learn(senderAddress, senderMac, {
    // Only an answer to a question of ours shows that we are heard.
    solicited: operation === 'reply' && forUs && message.targetMac === on.mac,
    override: true,
    // RFC 826: those who want something of us will be answered soon.
    create: forUs && operation === 'request',
  });
  if (operation === 'request' && forUs) sendReply(on, message);
}

const isPlausible = ({ senderMac, senderAddress }: ArpMessage): boolean =>
  isStation(senderMac) && !isMulticast(senderAddress) && !isLoopback(senderAddress) && senderAddress !== broadcast4;

/** RFC 5227, sections 2.1.1 and 2.4. */
function noticeConflict(on: Interface, { senderMac, senderAddress, targetAddress, operation }: ArpMessage): void {
  if (on.addresses.get(senderAddress) !== undefined) on.addresses.conflict(senderAddress, senderMac);
  // Two hosts that probe for one address at a time: neither takes it.
  const probe = operation === 'request' && senderAddress === unspecified4;
  if (probe && on.addresses.get(targetAddress)?.state === 'tentative') on.addresses.conflict(targetAddress, senderMac);
}

const isSettled = (on: Interface, address: Address): boolean =>
  on.addresses.owns(address) && on.addresses.get(address)?.state !== 'tentative';

function sendReply(on: Interface, { senderMac, senderAddress, targetAddress }: ArpMessage): void {
  sendArp(on, senderMac, {
    operation: 'reply',
    senderMac: on.mac,
    senderAddress: targetAddress,
    targetMac: senderMac,
    targetAddress: senderAddress,
  });
}

/** Asks who has `target`: everybody, or the one who had it last. */
export function askArp(on: Interface, source: Address, target: Address, mac: MacAddress | undefined): void {
  sendArp(on, mac ?? broadcastMac, {
    operation: 'request',
    senderMac: on.mac,
    senderAddress: source,
    targetMac: noMac,
    targetAddress: target,
  });
}

/** RFC 5227, section 2.1.1: an ARP probe. */
export const probeArp = (on: Interface, target: Address): void => askArp(on, unspecified4, target, undefined);

/** RFC 5227, section 2.3: an announcement, also called gratuitous ARP. */
export const announceArp = (on: Interface, address: Address): void => askArp(on, address, address, undefined);

function sendArp(on: Interface, to: MacAddress, message: ArpMessage): void {
  const room = on.link.reserve(ethernetHeader + arpLength);
  if (room === undefined) return;
  emitEthernet(room.bytes, room.start, to, on.mac, etherTypes.arp);
  emitArp(room.bytes, room.start + ethernetHeader, message);
  room.commit(ethernetHeader + arpLength);
}
