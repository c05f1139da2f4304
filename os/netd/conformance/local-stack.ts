/** Our stack on an interface of the running Linux, in this process. */
import { SeededRandom } from '../../net/environment/random.ts';
import type { Link } from '../../net/link/link.ts';
import { createTcp, type Tcp } from '../../net/socket/tcp/tcp.ts';
import { metrics } from '../../net/stack/router-discovery.ts';
import { Stack } from '../../net/stack/stack.ts';
import { type Address, parseAddress, unspecified4, unspecified6 } from '../../net/wire/address.ts';
import { Driver } from '../driver.ts';

export interface LocalStack {
  readonly stack: Stack;
  readonly tcp: Tcp;
  readonly driver: Driver;
  close(): void;
}

/** `192.0.2.1/24`, and the router for everything else. */
export interface LocalAddress {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway?: string;
}

/** @throws Error for texts that are no addresses */
export function startLocalStack(
  link: Link,
  addresses: readonly LocalAddress[],
  onDefect: (error: Error) => void,
): LocalStack {
  const driver = new Driver(onDefect);
  const random = new SeededRandom(Math.floor(Math.random() * 2 ** 32));
  const stack = new Stack(
    { clock: driver.clock, random },
    { onChange: () => {}, onDuplicate: () => {}, onLinkChange: () => {} },
  );
  const onCallbackError = (error: unknown) => onDefect(error instanceof Error ? error : new Error(String(error)));
  const tcp = createTcp({ clock: driver.clock, random, network: stack, onCallbackError });
  stack.attachTcp(tcp);
  driver.turn(() => {
    const on = stack.addInterface(link);
    for (const { address, prefixLength, gateway } of addresses) {
      on.addresses.add({
        address: read(address),
        prefixLength,
        origin: 'static',
        validUntil: Number.POSITIVE_INFINITY,
        preferredUntil: Number.POSITIVE_INFINITY,
      });
      if (gateway === undefined) continue;
      stack.routes.add({
        destination: gateway.includes(':') ? unspecified6 : unspecified4,
        length: 0,
        gateway: read(gateway),
        interface: link.name,
        metric: metrics.connected,
        origin: 'static',
        expiresAt: Number.POSITIVE_INFINITY,
      });
    }
  });
  driver.attach(link);
  return {
    stack,
    tcp,
    driver,
    close() {
      driver.stop();
      link.close();
    },
  };
}

function read(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}
