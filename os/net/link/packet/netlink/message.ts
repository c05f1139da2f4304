/**
 * Netlink's messages (RFC 3549, section 2.3; include/uapi/linux/netlink.h): a header, a structure of the family's, and
 * attributes. Pure; reading survives any bytes: what is cut off or contradicts itself ends the list.
 */
import {
  NETLINK_ALIGNMENT,
  NLA_F_NESTED,
  NLA_TYPE_MASK,
  NLMSG_ERROR,
  nlattr,
  nlmsghdr,
} from '../../../../syscall/abi/netlink.ts';

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The structure and the attributes. Belongs to whoever gave the bytes. */
  readonly body: Uint8Array;
}

/** Attributes by type; of several of one type, the last. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

export type Attribute = readonly [type: number, value: Uint8Array | readonly Attribute[]];

const aligned = (length: number): number => (length + NETLINK_ALIGNMENT - 1) & -NETLINK_ALIGNMENT;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The messages in what one receive gave. */
export function readMessages(bytes: Uint8Array): readonly Message[] {
  const view = viewOf(bytes);
  const messages: Message[] = [];
  let at = 0;
  while (at + nlmsghdr.size <= bytes.length) {
    const length = view.getUint32(at + nlmsghdr.length, true);
    if (length < nlmsghdr.size || length > bytes.length - at) break;
    messages.push({
      type: view.getUint16(at + nlmsghdr.type, true),
      flags: view.getUint16(at + nlmsghdr.flags, true),
      sequence: view.getUint32(at + nlmsghdr.sequence, true),
      body: bytes.subarray(at + nlmsghdr.size, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** The attributes in `bytes` from `offset` on: behind a structure, or, with 0, nested in another attribute. */
export function readAttributes(bytes: Uint8Array, offset: number): Attributes {
  const view = viewOf(bytes);
  const attributes = new Map<number, Uint8Array>();
  let at = offset;
  while (at + nlattr.size <= bytes.length) {
    const length = view.getUint16(at + nlattr.length, true);
    if (length < nlattr.size || length > bytes.length - at) break;
    attributes.set(
      view.getUint16(at + nlattr.type, true) & NLA_TYPE_MASK,
      bytes.subarray(at + nlattr.size, at + length),
    );
    at += aligned(length);
  }
  return attributes;
}

/** An attribute's 32-bit number; undefined when it is missing or too short. */
export function readUint32(value: Uint8Array | undefined, offset = 0): number | undefined {
  return value === undefined || value.length < offset + 4 ? undefined : viewOf(value).getUint32(offset, true);
}

/** The errno that an NLMSG_ERROR carries; 0 is an acknowledgement, undefined any other message. */
export function readError(message: Message): number | undefined {
  if (message.type !== NLMSG_ERROR) return undefined;
  return message.body.length < 4 ? 0 : 0 - viewOf(message.body).getInt32(0, true);
}

/** One message. `structure` is that of the type: `struct ifinfomsg` and its like. */
export function writeMessage(
  { type, flags, sequence }: Omit<Message, 'body'>,
  structure: Uint8Array,
  attributes: readonly Attribute[] = [],
): ArrayBuffer {
  const length = nlmsghdr.size + aligned(structure.length) + lengthOf(attributes);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint32(nlmsghdr.length, length, true);
  view.setUint16(nlmsghdr.type, type, true);
  view.setUint16(nlmsghdr.flags, flags, true);
  view.setUint32(nlmsghdr.sequence, sequence, true);
  bytes.set(structure, nlmsghdr.size);
  writeAttributes(bytes, nlmsghdr.size + aligned(structure.length), attributes);
  return bytes.buffer;
}

const valueLength = (value: Attribute[1]): number => (value instanceof Uint8Array ? value.length : lengthOf(value));

function lengthOf(attributes: readonly Attribute[]): number {
  return attributes.reduce((total, [, value]) => total + aligned(nlattr.size + valueLength(value)), 0);
}

function writeAttributes(bytes: Uint8Array, offset: number, attributes: readonly Attribute[]): void {
  const view = viewOf(bytes);
  let at = offset;
  for (const [type, value] of attributes) {
    const nested = !(value instanceof Uint8Array);
    const length = nlattr.size + valueLength(value);
    view.setUint16(at + nlattr.length, length, true);
    view.setUint16(at + nlattr.type, nested ? type | NLA_F_NESTED : type, true);
    if (nested) writeAttributes(bytes, at + nlattr.size, value);
    else bytes.set(value, at + nlattr.size);
    at += aligned(length);
  }
}

/** A 32-bit number as an attribute's value. */
export const uint32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
