import type { ServiceSettings } from '../settings/settings.ts';
import { type ServiceDefinition, serviceDefaults } from './supervisor/definition.ts';

const mebibyte = 1024 * 1024;
/** Whom the services of the settings run as, unless they say otherwise. */
const unprivilegedUser = 1000;

/** Started first, and the only one in safe mode. */
export const consoleService: ServiceDefinition = {
  ...serviceDefaults,
  name: 'console',
  description: 'Line shell on the serial line and the screen',
  module: '/usr/lib/panos/console.js',
  control: true,
};

/** The other services that belong to the system. Those of the settings are added to them. */
export const systemServices: readonly ServiceDefinition[] = [
  {
    ...serviceDefaults,
    name: 'net',
    description: 'Network stack, sockets for other services, SOCKS5 proxy',
    module: '/usr/lib/panos/net.js',
    control: true,
    memoryMax: 192 * mebibyte,
    processesMax: 64,
  },
];

/** A service of the settings, with what it left out. */
export function declaredService(settings: ServiceSettings): ServiceDefinition {
  const user = settings.user ?? unprivilegedUser;
  return {
    ...serviceDefaults,
    name: settings.name,
    description: settings.description ?? 'Declared in the settings',
    module: settings.module,
    requires: settings.requires ?? [],
    // A module that knows nothing of PID 1 is a service too.
    readiness: settings.readiness ?? 'started',
    restart: settings.restart ?? 'always',
    memoryMax: (settings.memoryMiB ?? 256) * mebibyte,
    processesMax: settings.processes ?? 64,
    uid: user,
    gid: user,
    environment: settings.environment ?? {},
  };
}
