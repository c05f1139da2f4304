import type { Check } from './finding.ts';
import { acceleration, diskSpace, memory, processor } from './hardware.ts';
import {
  hypervisor,
  hypervisors,
  java,
  kernelBuild,
  networkNamespaces,
  systemPrograms,
  tapDevices,
} from './programs.ts';
import { clock, debianMirror, npmRegistry } from './surroundings.ts';

/** Everything that is looked at, in the order of the table. */
export const checks: readonly Check[] = [
  { name: 'processor', look: processor },
  { name: 'memory', look: memory },
  { name: 'space for images', look: () => diskSpace('build') },
  { name: 'space for the cache', look: () => diskSpace('cache') },
  { name: 'acceleration', look: acceleration },
  { name: 'clock', look: () => clock() },
  { name: 'system programs', look: systemPrograms },
  { name: 'kernel build', look: kernelBuild },
  { name: 'Debian mirror', look: debianMirror },
  { name: 'npm registry', look: npmRegistry },
  { name: 'network namespaces', look: networkNamespaces },
  { name: 'tap devices', look: tapDevices },
  { name: 'Java', look: java },
  ...hypervisors.map((one) => ({ name: one.name, look: () => hypervisor(one) })),
];
