import type { ServerPlan } from '../server.ts';

/** iperf3, which measures throughput, on port 5201 of every address. */
export const iperf3 = (): ServerPlan => ({
  name: 'throughput',
  program: 'iperf3',
  arguments: () => ['--server', '--forceflush'],
  ready: /Server listening/,
});
