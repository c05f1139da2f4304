/** The host's name in `.local`, and other machines' names: RFC 6762, on every interface that has an address. */
import type { MulticastNames } from '../socket/dns/resolver.ts';
import type { MdnsInterface } from '../socket/mdns/protocol.ts';
import { MdnsQuerier } from '../socket/mdns/query.ts';
import { MdnsResponder } from '../socket/mdns/responder.ts';
import type { Stack } from '../stack/stack.ts';
import { formatAddress } from '../wire/address.ts';
import type { HostEnvironment } from './host.ts';

export class MulticastDns implements MulticastNames {
  readonly #stack: Stack;
  readonly #responder: MdnsResponder;
  readonly #querier: MdnsQuerier;
  #hostname: string | undefined;
  /** What was announced: addresses may change their state without others having to know. */
  #announced = '';

  constructor({ clock, random, log }: HostEnvironment, stack: Stack) {
    this.#stack = stack;
    const environment = { clock, random, udp: stack.udp, interfaces: () => this.#interfaces() };
    this.#querier = new MdnsQuerier(environment);
    this.#responder = new MdnsResponder({ ...environment, log });
  }

  /** Answers to this name from now on; undefined: to none. */
  configure(hostname: string | undefined): void {
    if (hostname === this.#hostname) return;
    this.#hostname = hostname;
    this.#announced = '';
    if (hostname === undefined) this.#responder.stop();
    else this.addressesChanged();
  }

  /** Addresses or links may have changed. Without an address there is nothing to say, and nobody to say it to. */
  addressesChanged(): void {
    if (this.#hostname === undefined) return;
    const present = this.#interfaces();
    const text = present.map(({ name, addresses }) => `${name} ${addresses.map(formatAddress).join(' ')}`).join('\n');
    if (text === this.#announced) return;
    this.#announced = text;
    if (text === '') this.#responder.stop();
    else {
      this.#responder.start(this.#hostname);
      this.#responder.changed();
    }
  }

  ask(...question: Parameters<MdnsQuerier['ask']>): ReturnType<MdnsQuerier['ask']> {
    return this.#querier.ask(...question);
  }

  #interfaces(): MdnsInterface[] {
    return [...this.#stack.interfaces.values()].flatMap(({ name, link, addresses }) => {
      const usable = [...addresses].filter(({ state }) => state === 'preferred' || state === 'deprecated');
      if (!link.up || usable.length === 0) return [];
      return [{ name, addresses: usable.map(({ address }) => address) }];
    });
  }
}
