import { type GenericSchema, safeParse } from 'valibot';
import { defaultInterface, defaultNet, type InterfaceSettings, type NetSettings } from './net.ts';
import { interfaceFields, interfaceKey, leastMtu, mostInterfaces, netFields } from './net-schema.ts';
import { isObject, quote } from './values.ts';

type Say = (sentence: string) => void;

/**
 * Reads the part `net` of settings, from several sources over each other, field by field. What is wrong is named and
 * falls back to what it was before.
 */
export class NetReader {
  readonly #say: Say;
  #net: NetSettings;
  /** Where the MTU of an interface was last set: it can turn out wrong later. */
  readonly #mtuFrom = new Map<string, string>();

  constructor(say: Say, base: NetSettings = defaultNet) {
    this.#say = say;
    this.#net = base;
  }

  read(file: string, net: unknown): void {
    if (!isObject(net)) {
      this.#say(`${file}: "net" is ignored: ${quote(net)} is not an object`);
      return;
    }
    const taken: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(net)) {
      if (key === 'interfaces') this.#interfaces(file, value);
      else this.#field(file, netFields, 'net.', key, value, taken);
    }
    this.#net = { ...this.#net, ...taken };
  }

  /** What was read, with every field present and those that do not go together put right. */
  result(): NetSettings {
    const interfaces = Object.entries(this.#net.interfaces).map(([name, settings]) => {
      const tooSmall = settings.mtu !== null && settings.mtu < leastMtu.ipv6 && settings.ipv6.method !== 'off';
      if (!tooSmall) return [name, settings] as const;
      const file = this.#mtuFrom.get(name) ?? 'settings';
      this.#say(`${file}: "${pathOf(name)}.mtu" is ignored: with IPv6 ${settings.mtu} is not ${leastMtu.ipv6} or more`);
      return [name, { ...settings, mtu: null }] as const;
    });
    return { ...this.#net, interfaces: Object.fromEntries(interfaces) };
  }

  #interfaces(file: string, value: unknown): void {
    if (!isObject(value)) {
      this.#say(`${file}: "net.interfaces" is ignored: ${quote(value)} is not an object`);
      return;
    }
    for (const [written, fields] of Object.entries(value)) {
      const name = written.includes(':') ? written.toLowerCase() : written;
      const { interfaces } = this.#net;
      const known = Object.hasOwn(interfaces, name);
      if (!interfaceKey.test(name)) {
        this.#say(`${file}: "net.interfaces" has ${quote(written)}, which is not an interface's name, address or "*"`);
      } else if (!isObject(fields)) {
        this.#say(`${file}: "${pathOf(name)}" is ignored: ${quote(fields)} is not an object`);
      } else if (!known && Object.keys(interfaces).length >= mostInterfaces) {
        this.#say(`${file}: "${pathOf(name)}" is ignored: there are ${mostInterfaces} interfaces already`);
      } else {
        const before = known ? (interfaces[name] as InterfaceSettings) : defaultInterface;
        this.#net = {
          ...this.#net,
          interfaces: { ...interfaces, [name]: this.#interface(file, name, fields, before) },
        };
      }
    }
  }

  #interface(file: string, name: string, fields: object, before: InterfaceSettings): InterfaceSettings {
    const taken: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields)) {
      this.#field(file, interfaceFields, `${pathOf(name)}.`, key, value, taken);
    }
    if ('mtu' in taken) this.#mtuFrom.set(name, file);
    return { ...before, ...taken };
  }

  #field(
    file: string,
    fields: Readonly<Record<string, GenericSchema>>,
    prefix: string,
    key: string,
    value: unknown,
    into: Record<string, unknown>,
  ): void {
    const schema = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (schema === undefined) {
      this.#say(`${file}: ${quote(prefix + key)} is ignored: there is no such setting`);
      return;
    }
    const parsed = safeParse(schema, value);
    if (parsed.success) {
      into[key] = parsed.output;
      return;
    }
    const [issue] = parsed.issues;
    // What is within a list is not named by itself.
    const inner = typeof issue.path?.[0].key === 'string' ? issue.path[0] : undefined;
    const subject = inner === undefined ? quote(value) : `its ${inner.key as string} ${quote(inner.value)}`;
    const known = /^Invalid (key|type|length)/.test(issue.message) ? 'a setting that goes there' : issue.message;
    this.#say(`${file}: "${prefix}${key}" is ignored: ${subject} is not ${known}`);
  }
}

/** `net.interfaces.eth0`, `net.interfaces[52:54:00:12:34:56]` */
const pathOf = (name: string): string =>
  /^[a-z0-9_-]+$/i.test(name) ? `net.interfaces.${name}` : `net.interfaces[${name}]`;

/** Reads `net`, in the form of the settings file, over `base`; for settings that are given while the system runs. */
export function readNet(
  base: NetSettings,
  net: unknown,
): { readonly net: NetSettings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const reader = new NetReader((sentence) => {
    if (problems.length < 50) problems.push(sentence);
  }, base);
  reader.read('net', net);
  return { net: reader.result(), problems };
}
