import type { Clock } from '../../environment/clock.ts';
import { NameError } from '../../host/host.ts';
import type { Address } from '../../wire/address.ts';
import { recordTypes } from '../../wire/dns/record.ts';

/** 0: both. */
export type Family = 0 | 4 | 6;

/**
 * Milliseconds that the slower family gets when the other one has addresses: enough for one lost packet. RFC 8305, section
 * 3, would wait 50 ms, but its caller goes on taking addresses, and ours does not.
 */
const headStart = 1500;

/**
 * Asks for the addresses of both families at once, as the family wants it.
 * @throws NameError when there are none; of two reasons the one that may pass: a server that failed may know better later
 */
export function bothFamilies(
  clock: Clock,
  family: Family,
  ask: (type: number) => Promise<readonly Address[]>,
): Promise<readonly Address[]> {
  if (family !== 0) return ask(family === 4 ? recordTypes.A : recordTypes.AAAA);
  return new Promise((resolve, reject) => {
    const found: (readonly Address[])[] = [[], []];
    const failures: unknown[] = [];
    let open = 2;
    const finish = () => {
      timer.clear();
      const addresses = found.flat();
      if (addresses.length > 0) resolve(addresses);
      else reject(worst(failures));
    };
    const timer = clock.timer(finish);
    const ended = () => {
      if (--open === 0) finish();
      else if (found.some((addresses) => addresses.length > 0)) timer.setIn(headStart);
    };
    for (const [index, type] of [recordTypes.AAAA, recordTypes.A].entries()) {
      ask(type).then(
        (addresses) => {
          found[index] = addresses;
          ended();
        },
        (error: unknown) => {
          failures.push(error);
          ended();
        },
      );
    }
  });
}

const severity: Readonly<Record<NameError['code'], number>> = {
  ENOTFOUND: 0,
  ENODATA: 1,
  EBADNAME: 2,
  EREFUSED: 3,
  ETIMEOUT: 4,
  ESERVFAIL: 5,
};

function worst(failures: readonly unknown[]): unknown {
  const rank = (error: unknown) => (error instanceof NameError ? severity[error.code] : 9);
  return [...failures].sort((a, b) => rank(b) - rank(a))[0];
}
