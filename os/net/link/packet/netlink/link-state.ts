/** Network interfaces, as RTM_NEWLINK tells about them: include/uapi/linux/if_link.h. */
import { IFF_LOOPBACK, IFF_LOWER_UP, IFF_UP } from '../../../../syscall/abi/if.ts';
import { ETH_ALEN } from '../../../../syscall/abi/if-ether.ts';
import {
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  IFLA_ADDRESS,
  IFLA_GSO_MAX_SIZE,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  IFLA_OPERSTATE,
  IFLA_STATS64,
  ifinfomsg,
  linkStatistics,
  operationalStates,
} from '../../../../syscall/abi/if-link.ts';
import { AF_UNSPEC } from '../../../../syscall/abi/socket.ts';
import { type MacAddress, noMac, readMac } from '../../../wire/mac.ts';
import { type Attribute, readAttributes, readUint32, uint32, viewOf } from './message.ts';

export type LinkStatistics = Readonly<Record<keyof typeof linkStatistics, number>>;

/** A network interface of the kernel. */
export interface LinkState {
  readonly index: number;
  readonly name: string;
  /** All zero if it has none, as loopback. */
  readonly mac: MacAddress;
  readonly mtu: number;
  /** Frames, with the Ethernet header, that are to be cut into segments must be shorter for the device to do it. */
  readonly segmentationLimit: number;
  readonly type: 'ethernet' | 'loopback' | 'other';
  /** `veth`, `bridge`; undefined for hardware. */
  readonly kind: string | undefined;
  /** Whether it is switched on: IFF_UP. */
  readonly enabled: boolean;
  /** Whether it is switched on and there is a carrier: IFF_LOWER_UP. */
  readonly up: boolean;
  readonly operationalState: (typeof operationalStates)[number];
  readonly statistics: LinkStatistics;
}

/** GSO_LEGACY_MAX_SIZE, include/linux/netdevice.h: longer ones need IPv6's jumbo payload option. */
const legacyLimit = 65_536;

const decoder = new TextDecoder();
/** Text up to its terminating zero. */
const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end));
};

/** The interface that the body of RTM_NEWLINK or RTM_DELLINK is about; undefined for what is no interface. */
export function readLink(body: Uint8Array): LinkState | undefined {
  // Bridges tell about their ports with messages of the same type and another family.
  if (body.length < ifinfomsg.size || body[ifinfomsg.family] !== AF_UNSPEC) return undefined;
  const view = viewOf(body);
  const attributes = readAttributes(body, ifinfomsg.size);
  const name = attributes.get(IFLA_IFNAME);
  if (name === undefined) return undefined;
  const flags = view.getUint32(ifinfomsg.flags, true);
  const address = attributes.get(IFLA_ADDRESS);
  const kind = readAttributes(attributes.get(IFLA_LINKINFO) ?? new Uint8Array(), 0).get(IFLA_INFO_KIND);
  return {
    index: view.getInt32(ifinfomsg.index, true),
    name: text(name),
    mac: address?.length === ETH_ALEN ? readMac(address, 0) : noMac,
    mtu: readUint32(attributes.get(IFLA_MTU)) ?? 0,
    segmentationLimit: Math.min(readUint32(attributes.get(IFLA_GSO_MAX_SIZE)) ?? legacyLimit, legacyLimit),
    type: typeOf(view.getUint16(ifinfomsg.type, true), flags),
    kind: kind === undefined ? undefined : text(kind),
    enabled: (flags & IFF_UP) !== 0,
    up: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
    operationalState: operationalStates[attributes.get(IFLA_OPERSTATE)?.[0] ?? 0] ?? 'unknown',
    statistics: readStatistics(attributes.get(IFLA_STATS64)),
  };
}

function typeOf(hardware: number, flags: number): LinkState['type'] {
  if (hardware === ARPHRD_LOOPBACK || (flags & IFF_LOOPBACK) !== 0) return 'loopback';
  return hardware === ARPHRD_ETHER ? 'ethernet' : 'other';
}

function readStatistics(value: Uint8Array | undefined): LinkStatistics {
  const view = viewOf(value ?? new Uint8Array());
  const entries = Object.entries(linkStatistics).map(([name, offset]) => [
    name,
    view.byteLength < offset + 8 ? 0 : Number(view.getBigUint64(offset, true)),
  ]);
  return Object.fromEntries(entries) as LinkStatistics;
}

/** What may be changed of an interface. */
export interface LinkChange {
  readonly enabled?: boolean;
  readonly mtu?: number;
}

/** `struct ifinfomsg` and attributes of an RTM_NEWLINK that changes the interface `index`. */
export function writeLinkChange(index: number, { enabled, mtu }: LinkChange): [Uint8Array, readonly Attribute[]] {
  const structure = new Uint8Array(ifinfomsg.size);
  const view = viewOf(structure);
  view.setInt32(ifinfomsg.index, index, true);
  if (enabled !== undefined) {
    view.setUint32(ifinfomsg.flags, enabled ? IFF_UP : 0, true);
    view.setUint32(ifinfomsg.change, IFF_UP, true);
  }
  return [structure, mtu === undefined ? [] : [[IFLA_MTU, uint32(mtu)]]];
}
