/** `struct ndmsg`: include/uapi/linux/neighbour.h, Linux 6.12. */
export const ndmsg = { size: 12, family: 0, index: 4, state: 8, flags: 10, type: 11 } as const;
export const NDA_DST = 1;
export const NDA_LLADDR = 2;
export const NTF_ROUTER = 0x80;

/** `ndm_state`, without those that stand for no protocol (NUD_NOARP, NUD_PERMANENT). */
export const neighbourStates: ReadonlyMap<number, 'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed'> =
  new Map([
    [0x01, 'incomplete'],
    [0x02, 'reachable'],
    [0x04, 'stale'],
    [0x08, 'delay'],
    [0x10, 'probe'],
    [0x20, 'failed'],
  ]);
