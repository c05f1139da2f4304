import type { Stack } from '../stack/stack.ts';
import type { Address } from '../wire/address.ts';
import type { HostEnvironment } from './host.ts';

/** What an interface's configuration found out that concerns the whole host. */
export interface Discovered {
  readonly nameServers: readonly { readonly address: Address; readonly interface?: string }[];
  readonly searchDomains: readonly string[];
  /** Addresses as texts, and names. */
  readonly timeServers: readonly string[];
}

export const nothing: Discovered = { nameServers: [], searchDomains: [], timeServers: [] };

/** What the configuration of one interface stands on. */
export interface ConfigurationContext {
  readonly stack: Stack;
  readonly environment: HostEnvironment;
  /** The name that servers are told. */
  readonly hostname: () => string;
  /** {@link Discovered} has changed. */
  readonly onDiscovery: () => void;
}
