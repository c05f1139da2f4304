/** Whose segment it is: RFC 9293, section 3.10. Four-tuples are found by a packed key, listeners by port. */
import type { Address, Endpoint } from '../../wire/address.ts';
import type { Occupant } from './occupant.ts';

const keyOf = (local: Address, localPort: number, remote: Address, remotePort: number): string =>
  local + remote + String.fromCharCode(localPort, remotePort);

/** Anything that listens on a port, on one address or on all. */
interface Listening {
  readonly bound: { readonly address: Address | undefined; readonly port: number };
}

export class Demultiplexer<Listener extends Listening> {
  readonly #occupants = new Map<string, Occupant>();
  readonly #listeners = new Map<number, Listener[]>();
  /** Segments come in trains: mostly for the same one as before. */
  #last: Occupant | undefined;

  get size(): number {
    return this.#occupants.size;
  }

  find(local: Address, localPort: number, remote: Address, remotePort: number): Occupant | undefined {
    const last = this.#last;
    if (
      last !== undefined &&
      last.remote.port === remotePort &&
      last.local.port === localPort &&
      last.remote.address === remote &&
      last.local.address === local
    ) {
      return last;
    }
    const found = this.#occupants.get(keyOf(local, localPort, remote, remotePort));
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** Puts somebody in, also in the place of another. */
  put(occupant: Occupant): void {
    this.#last = undefined;
    this.#occupants.set(key(occupant), occupant);
  }

  /** Takes somebody out, unless another has the place by now. */
  remove(occupant: Occupant): void {
    if (this.#last === occupant) this.#last = undefined;
    const place = key(occupant);
    if (this.#occupants.get(place) === occupant) this.#occupants.delete(place);
  }

  occupants(): Iterable<Occupant> {
    return this.#occupants.values();
  }

  *listeners(): Iterable<Listener> {
    for (const list of this.#listeners.values()) yield* list;
  }

  /** The listener for a segment to this address and port: one on the address itself goes before one on all. */
  listener(address: Address, port: number): Listener | undefined {
    const list = this.#listeners.get(port);
    if (list === undefined) return undefined;
    return list.find(({ bound }) => bound.address === address) ?? list.find(({ bound }) => bound.address === undefined);
  }

  /** Whether somebody listens on this port in a way that excludes another on `address`. */
  isListening(address: Address | undefined, port: number): boolean {
    const list = this.#listeners.get(port) ?? [];
    return list.some(({ bound }) => address === undefined || bound.address === undefined || bound.address === address);
  }

  listen(listener: Listener): void {
    const { port } = listener.bound;
    const list = this.#listeners.get(port);
    if (list === undefined) this.#listeners.set(port, [listener]);
    else list.push(listener);
  }

  unlisten(listener: Listener): void {
    const { port } = listener.bound;
    const rest = (this.#listeners.get(port) ?? []).filter((other) => other !== listener);
    if (rest.length > 0) this.#listeners.set(port, rest);
    else this.#listeners.delete(port);
  }
}

const key = ({ local, remote }: { readonly local: Endpoint; readonly remote: Endpoint }): string =>
  keyOf(local.address, local.port, remote.address, remote.port);
