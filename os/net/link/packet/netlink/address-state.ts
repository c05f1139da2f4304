/** Addresses of the kernel's own stack: include/uapi/linux/if_addr.h. */
import {
  IFA_ADDRESS,
  IFA_BROADCAST,
  IFA_CACHEINFO,
  IFA_F_DADFAILED,
  IFA_F_DEPRECATED,
  IFA_F_PERMANENT,
  IFA_F_TENTATIVE,
  IFA_FLAGS,
  IFA_LOCAL,
  ifaCacheinfo,
  ifaddrmsg,
} from '../../../../syscall/abi/if-addr.ts';
import { AF_INET, AF_INET6 } from '../../../../syscall/abi/socket.ts';
import { type Address, addressBytes, directedBroadcast, isIpv4, readIpv4, readIpv6 } from '../../../wire/address.ts';
import { type Attribute, readAttributes, readUint32, uint32, viewOf } from './message.ts';

/** An address of the kernel's on the interface `index`. */
export interface AddressState {
  readonly index: number;
  readonly address: Address;
  readonly prefixLength: number;
  readonly state: 'tentative' | 'preferred' | 'deprecated' | 'duplicate';
  /** Whether it was given by a person or program, and not learnt from a router. */
  readonly permanent: boolean;
  /** Seconds left; undefined is for ever. */
  readonly validFor: number | undefined;
  readonly preferredFor: number | undefined;
}

/** The family's number. */
export const familyOf = (address: Address): number => (isIpv4(address) ? AF_INET : AF_INET6);

/** The address that is the whole value of an attribute, or undefined. */
export function readAddress(family: number, value: Uint8Array | undefined): Address | undefined {
  if (family === AF_INET && value?.length === 4) return readIpv4(value, 0);
  if (family === AF_INET6 && value?.length === 16) return readIpv6(value, 0);
  return undefined;
}

/** The address that the body of RTM_NEWADDR is about. */
export function readAddressState(body: Uint8Array): AddressState | undefined {
  if (body.length < ifaddrmsg.size) return undefined;
  const attributes = readAttributes(body, ifaddrmsg.size);
  const family = body[ifaddrmsg.family] as number;
  const address = readAddress(family, attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS));
  if (address === undefined) return undefined;
  // The structure has room for the first eight flags only.
  const flags = readUint32(attributes.get(IFA_FLAGS)) ?? (body[ifaddrmsg.flags] as number);
  const times = attributes.get(IFA_CACHEINFO);
  return {
    index: viewOf(body).getUint32(ifaddrmsg.index, true),
    address,
    prefixLength: body[ifaddrmsg.prefixLength] as number,
    state: states.find(([flag]) => (flags & flag) !== 0)?.[1] ?? 'preferred',
    permanent: (flags & IFA_F_PERMANENT) !== 0,
    validFor: seconds(readUint32(times, ifaCacheinfo.valid)),
    preferredFor: seconds(readUint32(times, ifaCacheinfo.preferred)),
  };
}

/** The first that applies. */
const states = [
  [IFA_F_DADFAILED, 'duplicate'],
  [IFA_F_TENTATIVE, 'tentative'],
  [IFA_F_DEPRECATED, 'deprecated'],
] as const;

const seconds = (value: number | undefined): number | undefined => (value === 0xffffffff ? undefined : value);

/** `struct ifaddrmsg` and attributes that add or delete an address. */
export function writeAddressState(
  index: number,
  address: Address,
  prefixLength: number,
): [Uint8Array, readonly Attribute[]] {
  const structure = new Uint8Array(ifaddrmsg.size);
  structure[ifaddrmsg.family] = familyOf(address);
  structure[ifaddrmsg.prefixLength] = prefixLength;
  viewOf(structure).setUint32(ifaddrmsg.index, index, true);
  const bytes = addressBytes(address);
  const attributes: Attribute[] = [
    [IFA_LOCAL, bytes],
    [IFA_ADDRESS, bytes],
    [IFA_FLAGS, uint32(IFA_F_PERMANENT)],
  ];
  // A network of one or two addresses has no broadcast address: RFC 3021.
  if (isIpv4(address) && prefixLength < 31) {
    attributes.push([IFA_BROADCAST, addressBytes(directedBroadcast(address, prefixLength))]);
  }
  return [structure, attributes];
}
