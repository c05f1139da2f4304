/** A range of this process's addresses. */
export interface Mapping {
  readonly start: bigint;
  readonly length: bigint;
}

/** `55d0-55e0 r-xp 00001000 fe:03 36   /bin/node`: addresses, permissions, offset, device, inode (proc_pid_maps(5)). */
const header = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+)/;

/**
 * The mappings whose pages are the file's own and can be read from it again: of a file, not writable, and without pages
 * that were changed before they became read-only (relocations).
 * @param smaps the content of /proc/self/smaps (proc_pid_smaps(5))
 */
export function cleanFileMappings(smaps: string): readonly Mapping[] {
  const clean: Mapping[] = [];
  let current: Mapping | undefined;
  for (const line of smaps.split('\n')) {
    const match = header.exec(line);
    if (match) {
      const [, start = '', end = '', permissions = '', inode] = match;
      const range = { start: BigInt(`0x${start}`), length: BigInt(`0x${end}`) - BigInt(`0x${start}`) };
      current = inode === '0' || permissions.includes('w') ? undefined : range;
    } else if (current && line.startsWith('Anonymous:') && /\s0 kB$/.test(line)) {
      clean.push(current);
    }
  }
  return clean;
}
