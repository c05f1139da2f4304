import type { Clock } from '../net/environment/clock.ts';
import type { Link } from '../net/link/link.ts';

export class Captures {
  constructor(_clock: Clock) {}
  around(link: Link): Link {
    return link;
  }
  forget(_name: string): void {}
  start(_name: string | undefined, _write: (bytes: Uint8Array) => boolean): () => void {
    throw Object.assign(new Error('not yet'), { code: 'ENOTSUP' });
  }
}
