import type { PortForward } from '../../machine/contract.ts';

/**
 * Host ports that QEMU listens on, from the table of the monitor command `info usernet`. QEMU picks the free ports itself (host
 * port 0), so that nobody can take one between the choice and its use.
 */
export function parseForwards(table: string): PortForward[] {
  return table.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*TCP\[HOST_FORWARD\]\s+\d+\s+\S+\s+(\d+)\s+\S+\s+(\d+)/.exec(line);
    return match === null ? [] : [{ hostPort: Number(match[1]), guestPort: Number(match[2]) }];
  });
}
