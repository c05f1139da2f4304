/** What a client says is outside data: each field is looked at before it is used. */
import { type Address, parseAddress } from '../../net/wire/address.ts';
import type { Family, StreamOptions } from '../../sockets/protocol.ts';

/** A client asked for what cannot be. `code` is the name that Node.js has for it. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Message = Readonly<Record<string, unknown>>;

/** The longest name or address that is looked at; a name in DNS has 253 characters (RFC 1035, section 2.3.4). */
const longestText = 255;

const invalid = (key: string, expected: string) => new Refusal('EINVAL', `${key} must be ${expected}`);

/** @throws Refusal */
export function text(message: Message, key: string): string {
  const value = message[key];
  if (typeof value === 'string' && value.length > 0 && value.length <= longestText) return value;
  throw invalid(key, `a text of 1 to ${longestText} characters`);
}

export const optionalText = (message: Message, key: string): string | undefined =>
  message[key] === undefined ? undefined : text(message, key);

/** @throws Refusal */
export function whole(message: Message, key: string, least: number, most: number): number {
  const value = message[key];
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw invalid(key, `a whole number from ${least} to ${most}`);
}

export const optionalWhole = (message: Message, key: string, least: number, most: number): number | undefined =>
  message[key] === undefined ? undefined : whole(message, key, least, most);

export const family = (message: Message): Family =>
  message['family'] === undefined || message['family'] === 0 ? 0 : (whole(message, 'family', 4, 6) as Family);

/** An address, or undefined for every address of this machine. @throws Refusal */
export function localAddress(message: Message, key: string): Address | undefined {
  const value = optionalText(message, key);
  if (value === undefined || value === '::' || value === '0.0.0.0') return undefined;
  return address(value === 'localhost' ? '127.0.0.1' : value);
}

/** @throws Refusal */
export function address(value: string): Address {
  const parsed = parseAddress(value);
  if (parsed === undefined) throw new Refusal('EINVAL', `${value} is not an address`);
  return parsed;
}

/** The options of a stream that a message sets. @throws Refusal */
export function streamOptions(message: Message): StreamOptions {
  const { noDelay, keepAlive } = message;
  return {
    ...(typeof noDelay === 'boolean' ? { noDelay } : {}),
    ...(keepAlive === null ? { keepAlive } : {}),
    ...(typeof keepAlive === 'number' ? { keepAlive: whole(message, 'keepAlive', 1, 2 ** 31 - 1) } : {}),
  };
}
