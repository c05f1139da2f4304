/**
 * Requests to the kernel's network configuration: NETLINK_ROUTE, rtnetlink(7). The kernel has answered when `send` returns,
 * so nothing here waits.
 */
import { constants } from 'node:os';
import { ifaddrmsg } from '../../../../syscall/abi/if-addr.ts';
import { ifinfomsg } from '../../../../syscall/abi/if-link.ts';
import { ndmsg } from '../../../../syscall/abi/neighbour.ts';
import {
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_DONE,
} from '../../../../syscall/abi/netlink.ts';
import {
  RTM_DELADDR,
  RTM_DELROUTE,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETROUTE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWROUTE,
  rtmsg,
} from '../../../../syscall/abi/rtnetlink.ts';
import { AF_NETLINK, SOCK_RAW } from '../../../../syscall/abi/socket.ts';
import { SystemCallError } from '../../../../syscall/kernel.ts';
import type { NetworkKernel } from '../../../../syscall/network.ts';
import type { Address } from '../../../wire/address.ts';
import { type AddressState, readAddressState, writeAddressState } from './address-state.ts';
import { type LinkChange, type LinkState, readLink, writeLinkChange } from './link-state.ts';
import { type Attribute, type Message, readError, readMessages, writeMessage } from './message.ts';
import { type NeighbourState, readNeighbour } from './neighbour-state.ts';
import { type Route, type RouteState, readRoute, writeRoute, writeRouteRemoval } from './route-state.ts';

/** More than the kernel puts into one message of a dump. */
const bufferSize = 64 * 1024;
/** A dump that changes disturbed is asked for again, this often. */
const attempts = 5;

/** Every method throws {@link SystemCallError} with the kernel's reason; its `call` is the request: `RTM_NEWADDR`. */
export class RouteSocket {
  readonly #kernel: NetworkKernel;
  readonly #fd: number;
  readonly #buffer = new ArrayBuffer(bufferSize);
  #sequence = 0;

  constructor(kernel: NetworkKernel) {
    this.#kernel = kernel;
    this.#fd = kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  }

  /** All interfaces of the kernel. */
  links(): readonly LinkState[] {
    return this.#dump('RTM_GETLINK', RTM_GETLINK, ifinfomsg.size, readLink);
  }

  addresses(): readonly AddressState[] {
    return this.#dump('RTM_GETADDR', RTM_GETADDR, ifaddrmsg.size, readAddressState);
  }

  /** Unicast routes of the main table. */
  routes(): readonly RouteState[] {
    return this.#dump('RTM_GETROUTE', RTM_GETROUTE, rtmsg.size, readRoute);
  }

  neighbours(): readonly NeighbourState[] {
    return this.#dump('RTM_GETNEIGH', RTM_GETNEIGH, ndmsg.size, readNeighbour);
  }

  /** Switches the interface `index` on or off, or sets its MTU. */
  changeLink(index: number, change: LinkChange): void {
    const [structure, attributes] = writeLinkChange(index, change);
    this.#request('RTM_NEWLINK', RTM_NEWLINK, 0, structure, attributes);
  }

  /** Gives the interface an address, for ever; one that it has already stays. */
  addAddress(index: number, address: Address, prefixLength: number): void {
    const [structure, attributes] = writeAddressState(index, address, prefixLength);
    this.#request('RTM_NEWADDR', RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, structure, attributes);
  }

  /** @throws SystemCallError EADDRNOTAVAIL when the interface does not have it */
  removeAddress(index: number, address: Address, prefixLength: number): void {
    const [structure, attributes] = writeAddressState(index, address, prefixLength);
    this.#request('RTM_DELADDR', RTM_DELADDR, 0, structure, attributes);
  }

  /** Adds a route, or replaces the one to the same destination with the same metric. */
  addRoute(route: Route, origin: RouteState['origin'] = 'static'): void {
    const [structure, attributes] = writeRoute(route, origin);
    this.#request('RTM_NEWROUTE', RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, structure, attributes);
  }

  /** @throws SystemCallError ESRCH when there is none */
  removeRoute(route: Route): void {
    const [structure, attributes] = writeRouteRemoval(route);
    this.#request('RTM_DELROUTE', RTM_DELROUTE, 0, structure, attributes);
  }

  close(): void {
    this.#kernel.close(this.#fd);
  }

  #request(call: string, type: number, flags: number, structure: Uint8Array, attributes: readonly Attribute[]): void {
    const sequence = this.#send(call, type, NLM_F_ACK | flags, structure, attributes);
    for (;;) {
      for (const message of this.#receive(call, sequence)) {
        const error = readError(message);
        if (error === 0) return;
        if (error !== undefined) throw new SystemCallError(call, [], error);
      }
    }
  }

  #dump<T>(call: string, type: number, size: number, read: (body: Uint8Array) => T | undefined): readonly T[] {
    for (let attempt = 1; ; attempt++) {
      const { values, disturbed } = this.#dumpOnce(call, type, size, read);
      if (!disturbed || attempt === attempts) return values;
    }
  }

  #dumpOnce<T>(call: string, type: number, size: number, read: (body: Uint8Array) => T | undefined) {
    const sequence = this.#send(call, type, NLM_F_DUMP, new Uint8Array(size), []);
    const values: T[] = [];
    let disturbed = false;
    for (;;) {
      for (const message of this.#receive(call, sequence)) {
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) disturbed = true;
        if (message.type === NLMSG_DONE) return { values, disturbed };
        const error = readError(message);
        if (error !== undefined && error !== 0) throw new SystemCallError(call, [], error);
        const value = error === undefined ? read(message.body) : undefined;
        if (value !== undefined) values.push(value);
      }
    }
  }

  #send(call: string, type: number, flags: number, structure: Uint8Array, attributes: readonly Attribute[]): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const sequence = this.#sequence;
    const message = writeMessage({ type, flags: NLM_F_REQUEST | flags, sequence }, structure, attributes);
    const result = this.#kernel.send(this.#fd, message);
    if (result < 0) throw new SystemCallError(call, [], -result);
    return sequence;
  }

  /** What comes next of the answer; there is always something until the answer is complete. */
  #receive(call: string, sequence: number): readonly Message[] {
    const length = this.#kernel.receive(this.#fd, this.#buffer);
    if (length < 0) throw new SystemCallError(call, [], -length);
    if (length > bufferSize) throw new SystemCallError(call, [], constants.errno.EMSGSIZE);
    // What is left of an answer that was given up has another sequence.
    return readMessages(new Uint8Array(this.#buffer, 0, length)).filter((message) => message.sequence === sequence);
  }
}
