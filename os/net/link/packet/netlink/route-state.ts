/** Routes of the kernel's own stack: include/uapi/linux/rtnetlink.h. */
import {
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_MAIN,
  RTA_CACHEINFO,
  RTA_DST,
  RTA_GATEWAY,
  RTA_OIF,
  RTA_PRIORITY,
  RTA_TABLE,
  RTM_F_CLONED,
  RTN_UNICAST,
  RTPROT_DHCP,
  RTPROT_KERNEL,
  RTPROT_RA,
  RTPROT_STATIC,
  rtaCacheinfo,
  rtmsg,
} from '../../../../syscall/abi/rtnetlink.ts';
import { AF_INET } from '../../../../syscall/abi/socket.ts';
import { type Address, addressBytes, byteLength, isIpv4, unspecified4, unspecified6 } from '../../../wire/address.ts';
import { familyOf, readAddress } from './address-state.ts';
import { type Attribute, readAttributes, readUint32, uint32, viewOf } from './message.ts';

/** A way to the addresses that begin with the first `prefixLength` bits of `destination`. */
export interface Route {
  readonly destination: Address;
  readonly prefixLength: number;
  /** undefined: the destination is on the link. */
  readonly gateway: Address | undefined;
  /** Of the interface. */
  readonly index: number;
  /** The lowest one wins; undefined when adding: what the kernel gives. */
  readonly metric: number | undefined;
}

/** Who made a route. */
type RouteOrigin = 'connected' | 'static' | 'dhcp' | 'ra';

export interface RouteState extends Route {
  readonly metric: number;
  readonly origin: RouteOrigin;
  /** Seconds left; undefined is for ever. */
  readonly expiresIn: number | undefined;
}

const origins: ReadonlyMap<number, RouteOrigin> = new Map([
  [RTPROT_KERNEL, 'connected'],
  [RTPROT_STATIC, 'static'],
  [RTPROT_DHCP, 'dhcp'],
  [RTPROT_RA, 'ra'],
]);

const protocols: Readonly<Record<RouteOrigin, number>> = {
  connected: RTPROT_KERNEL,
  static: RTPROT_STATIC,
  dhcp: RTPROT_DHCP,
  ra: RTPROT_RA,
};

/** The unicast route of the main table that the body of RTM_NEWROUTE is about; undefined for any other. */
export function readRoute(body: Uint8Array): RouteState | undefined {
  if (body.length < rtmsg.size || body[rtmsg.type] !== RTN_UNICAST) return undefined;
  if ((viewOf(body).getUint32(rtmsg.flags, true) & RTM_F_CLONED) !== 0) return undefined;
  const attributes = readAttributes(body, rtmsg.size);
  if ((readUint32(attributes.get(RTA_TABLE)) ?? body[rtmsg.table]) !== RT_TABLE_MAIN) return undefined;
  const family = body[rtmsg.family] as number;
  const prefixLength = body[rtmsg.destinationLength] as number;
  const index = readUint32(attributes.get(RTA_OIF));
  const everywhere = family === AF_INET ? unspecified4 : unspecified6;
  const destination = prefixLength === 0 ? everywhere : readAddress(family, attributes.get(RTA_DST));
  // Without an interface it has several ways (RTA_MULTIPATH), which nobody makes here.
  if (index === undefined || destination === undefined) return undefined;
  const expires = readUint32(attributes.get(RTA_CACHEINFO), rtaCacheinfo.expires) ?? 0;
  return {
    destination,
    prefixLength,
    gateway: readAddress(family, attributes.get(RTA_GATEWAY)),
    index,
    metric: readUint32(attributes.get(RTA_PRIORITY)) ?? 0,
    origin: origins.get(body[rtmsg.protocol] as number) ?? 'static',
    expiresIn: expires === 0 ? undefined : expires / 100,
  };
}

/** `struct rtmsg` and attributes that add a route. */
export function writeRoute(route: Route, origin: RouteOrigin): [Uint8Array, readonly Attribute[]] {
  const scope = isIpv4(route.destination) && route.gateway === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  return routeRequest(route, scope, RTN_UNICAST, protocols[origin]);
}

/** `struct rtmsg` and attributes that delete a route, whoever made it. */
export function writeRouteRemoval(route: Route): [Uint8Array, readonly Attribute[]] {
  return routeRequest(route, RT_SCOPE_NOWHERE, 0, 0);
}

function routeRequest(
  { destination, prefixLength, gateway, index, metric }: Route,
  scope: number,
  type: number,
  protocol: number,
): [Uint8Array, readonly Attribute[]] {
  const structure = new Uint8Array(rtmsg.size);
  structure[rtmsg.family] = familyOf(destination);
  structure[rtmsg.destinationLength] = Math.min(prefixLength, byteLength(destination) * 8);
  structure[rtmsg.table] = RT_TABLE_MAIN;
  structure[rtmsg.protocol] = protocol;
  structure[rtmsg.scope] = scope;
  structure[rtmsg.type] = type;
  const attributes: Attribute[] = [[RTA_OIF, uint32(index)]];
  if (prefixLength > 0) attributes.push([RTA_DST, addressBytes(destination)]);
  if (gateway !== undefined) attributes.push([RTA_GATEWAY, addressBytes(gateway)]);
  if (metric !== undefined) attributes.push([RTA_PRIORITY, uint32(metric)]);
  return [structure, attributes];
}
