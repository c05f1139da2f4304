/** Neighbours of the kernel's own stack: include/uapi/linux/neighbour.h. */
import { ETH_ALEN } from '../../../../syscall/abi/if-ether.ts';
import { NDA_DST, NDA_LLADDR, NTF_ROUTER, ndmsg, neighbourStates } from '../../../../syscall/abi/neighbour.ts';
import type { Address } from '../../../wire/address.ts';
import { type MacAddress, readMac } from '../../../wire/mac.ts';
import { readAddress } from './address-state.ts';
import { readAttributes, viewOf } from './message.ts';

export interface NeighbourState {
  readonly index: number;
  readonly address: Address;
  readonly mac: MacAddress | undefined;
  readonly state: 'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed';
  readonly router: boolean;
}

/** The neighbour that the body of RTM_NEWNEIGH is about; undefined for entries that no protocol made. */
export function readNeighbour(body: Uint8Array): NeighbourState | undefined {
  if (body.length < ndmsg.size) return undefined;
  const view = viewOf(body);
  const attributes = readAttributes(body, ndmsg.size);
  const address = readAddress(body[ndmsg.family] as number, attributes.get(NDA_DST));
  const state = neighbourStates.get(view.getUint16(ndmsg.state, true));
  if (address === undefined || state === undefined) return undefined;
  const mac = attributes.get(NDA_LLADDR);
  return {
    index: view.getInt32(ndmsg.index, true),
    address,
    mac: mac?.length === ETH_ALEN ? readMac(mac, 0) : undefined,
    state,
    router: ((body[ndmsg.flags] as number) & NTF_ROUTER) !== 0,
  };
}
