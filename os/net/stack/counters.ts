/** What the network layer counts, in the words of RFC 4293 where it has them. */
export interface Counters {
  readonly ip: Record<
    | 'received'
    | 'sent'
    | 'badHeaders'
    | 'notOurs'
    | 'unknownProtocols'
    | 'fragmentsReceived'
    | 'reassembled'
    | 'reassemblyFailed'
    | 'fragmented'
    | 'noRoute'
    | 'linkFull',
    number
  >;
  readonly icmp: Record<'received' | 'sent' | 'badMessages' | 'rateLimited', number>;
  readonly neighbours: Record<'solicited' | 'failed' | 'conflicts' | 'overflow', number>;
  readonly udp: Record<'received' | 'sent' | 'noPort' | 'badMessages', number>;
}

export const zeroCounters = (): Counters => ({
  ip: {
    received: 0,
    sent: 0,
    badHeaders: 0,
    notOurs: 0,
    unknownProtocols: 0,
    fragmentsReceived: 0,
    reassembled: 0,
    reassemblyFailed: 0,
    fragmented: 0,
    noRoute: 0,
    linkFull: 0,
  },
  icmp: { received: 0, sent: 0, badMessages: 0, rateLimited: 0 },
  neighbours: { solicited: 0, failed: 0, conflicts: 0, overflow: 0 },
  udp: { received: 0, sent: 0, noPort: 0, badMessages: 0 },
});
