import type { NetworkNamespace } from './contract.ts';

/** Words in front of a command line that make it run in a network namespace (nsenter of util-linux). */
export const enterNamespace = ({ process: member, user }: NetworkNamespace): readonly [string, ...string[]] => [
  'nsenter',
  `--target=${member}`,
  ...(user ? ['--user', '--preserve-credentials'] : []),
  '--net',
  '--',
];
