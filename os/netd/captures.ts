import { version } from '../lib/version.ts';
import type { Link } from '../net/link/link.ts';
import { startCapture } from '../net/link/pcapng/capture.ts';
import { CapturingLink } from '../net/link/pcapng/capturing-link.ts';
import { Refusal } from './server/message.ts';

/** The links that can be listened to, by name; what a capture of them all is of is fixed when it starts. */
export class Captures {
  readonly #links = new Map<string, CapturingLink>();

  /** Puts ears on a link; use what this returns in its place. */
  around(link: Link): Link {
    const capturing = new CapturingLink(link);
    this.#links.set(link.name, capturing);
    return capturing;
  }

  forget(name: string): void {
    this.#links.delete(name);
  }

  /**
   * Hands over frames as pcapng, a block a call, until the function that it returns is called. `write` says whether there
   * was room.
   * @throws Refusal ENODEV when there is no such interface
   */
  start(name: string | undefined, write: (block: Uint8Array) => boolean): () => void {
    const links = name === undefined ? [...this.#links.values()] : [this.#links.get(name) ?? noSuch(name)];
    if (links.length === 0) throw new Refusal('ENODEV', 'there are no network interfaces');
    const capture = startCapture(links, { write }, { application: `PanoramicData.Os ${version}`, now });
    return () => capture.close();
  }
}

/** Milliseconds since 1970, with fractions that a clock in milliseconds would not have. */
const now = (): number => performance.timeOrigin + performance.now();

function noSuch(name: string): never {
  throw new Refusal('ENODEV', `there is no interface ${name}`);
}
