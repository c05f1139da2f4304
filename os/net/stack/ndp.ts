/** Neighbour discovery's part: RFC 4861, section 7, and duplicate address detection, RFC 4862, section 5.4. */
import type { Random } from '../environment/random.ts';
import { protocols } from '../socket/network.ts';
import { type Address, allNodes, isMulticast, isUnspecified, solicitedNode, unspecified6 } from '../wire/address.ts';
import { emitIcmp, type IcmpMessage, icmp6, icmpChecksumOffset, icmpHeader } from '../wire/icmp.ts';
import { isStation, type MacAddress } from '../wire/mac.ts';
import {
  advertisementFlags,
  neighbourBody,
  parseNeighbourAdvertisement,
  parseNeighbourSolicitation,
} from '../wire/ndp.ts';
import type { Inbound } from './inbound.ts';
import type { Interface } from './interface.ts';
import type { Output } from './output.ts';
import { selectSource } from './source-selection.ts';

/** RFC 4861, section 7.1: what did not come from this link is forged. */
export const neighbourHopLimit = 255;
const options = { hopLimit: neighbourHopLimit };

export class NeighbourDiscovery {
  readonly #output: Output;
  readonly #random: Random;
  /** Nonces of our own probes, by address: RFC 7527 tells them from those of somebody else when a network loops. */
  readonly #nonces = new Map<Address, string>();

  readonly #onRouterGone: (on: Interface, router: Address) => void;

  /** @param onRouterGone a neighbour says that it is no router any more */
  constructor(output: Output, random: Random, onRouterGone: (on: Interface, router: Address) => void) {
    this.#output = output;
    this.#random = random;
    this.#onRouterGone = onRouterGone;
  }

  /** Section 7.2.3. */
  receiveSolicitation(packet: Inbound, message: IcmpMessage): void {
    const { on, source, destination } = packet;
    const solicitation = parseNeighbourSolicitation(packet.bytes, message);
    if (solicitation === undefined || message.code !== 0 || isMulticast(solicitation.target)) return;
    const { target, options: given } = solicitation;
    const probe = isUnspecified(source);
    // Section 7.1.1: a probe comes to the solicited-node group and names no sender.
    if (probe && (destination !== solicitedNode(target) || given.source !== undefined)) return;
    const ours = on.addresses.get(target);
    if (ours === undefined || ours.state === 'duplicate') return;
    if (ours.state === 'tentative') {
      // Somebody else proves the same address; RFC 4862, section 5.4.3.
      if (probe && !(given.nonce !== undefined && given.nonce === this.#nonces.get(target))) {
        on.addresses.conflict(target, given.source ?? ('\0\0\0' as MacAddress));
        return;
      }
      if (probe) return;
    }
    if (!probe && given.source !== undefined && isStation(given.source)) {
      on.neighbours[6].learn(source, given.source, { solicited: false, override: true, create: true });
    }
    // RFC 4429, section 3.3: an optimistic address is not defended against what others know already.
    const override = ours.state !== 'tentative';
    this.#advertise(on, target, probe ? allNodes : source, { solicited: !probe, override });
  }

  /** Section 7.2.5. */
  receiveAdvertisement(packet: Inbound, message: IcmpMessage): void {
    const { on, destination } = packet;
    const advertisement = parseNeighbourAdvertisement(packet.bytes, message);
    if (advertisement === undefined || message.code !== 0 || isMulticast(advertisement.target)) return;
    const { target, solicited, override, router, options: given } = advertisement;
    if (solicited && isMulticast(destination)) return;
    if (on.addresses.get(target) !== undefined) {
      // Our own, come back over a loop.
      if (given.target === on.mac) return;
      on.addresses.conflict(target, given.target ?? ('\0\0\0' as MacAddress));
      return;
    }
    const known = on.neighbours[6].get(target);
    // Nobody asked: no entry is made.
    if (known === undefined) return;
    const mac = given.target ?? known.mac;
    if (mac === undefined || !isStation(mac)) return;
    const by = { solicited, override: override || given.target === undefined, create: false };
    if (on.neighbours[6].learn(target, mac, by) === undefined) return;
    if (known.router && !router) this.#onRouterGone(on, target);
    known.router = router;
  }

  /** Asks who has `target`: everybody, or the one at `mac`. */
  solicit(on: Interface, target: Address, mac: MacAddress | undefined): void {
    const source = selectSource(on.addresses, target);
    if (source === undefined) return;
    // RFC 4429, section 3.3: what may be somebody else's address says nothing of where it is. The neighbour asks back.
    const settled = on.addresses.get(source)?.state !== 'tentative';
    const body = neighbourBody(target, settled ? { kind: 'source', mac: on.mac } : undefined);
    // To one neighbour it would have to be resolved first; the group reaches it as well.
    const destination = mac === undefined ? solicitedNode(target) : target;
    this.#send(on, source, destination, icmp6.neighbourSolicitation, 0, body);
  }

  /** Asks whether anybody else has an address that is to be ours. */
  probe(on: Interface, address: Address): void {
    const nonce = String.fromCharCode(...this.#random.bytes(6));
    this.#nonces.set(address, nonce);
    const body = neighbourBody(address, undefined, nonce);
    this.#send(on, unspecified6, solicitedNode(address), icmp6.neighbourSolicitation, 0, body);
  }

  forget(address: Address): void {
    this.#nonces.delete(address);
  }

  /** Section 7.2.6: tells everybody that the address is here. */
  announce(on: Interface, address: Address): void {
    this.#advertise(on, address, allNodes, { solicited: false, override: true });
  }

  #advertise(on: Interface, target: Address, to: Address, flags: { solicited: boolean; override: boolean }): void {
    const body = neighbourBody(target, { kind: 'target', mac: on.mac });
    this.#send(on, target, to, icmp6.neighbourAdvertisement, advertisementFlags(flags), body);
  }

  #send(on: Interface, source: Address, destination: Address, type: number, rest: number, body: Uint8Array): void {
    const message = new Uint8Array(icmpHeader + body.length);
    emitIcmp(message, 0, type, 0, rest);
    message.set(body, icmpHeader);
    const protocol = protocols.icmp6;
    this.#output.sendVia(on, { source, destination, protocol, options }, message, icmpChecksumOffset);
  }
}
