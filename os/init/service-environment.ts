import { chownSync, mkdirSync } from 'node:fs';
import type { ServiceDefinition } from './supervisor/definition.ts';

const stateRoot = '/data/services';

/**
 * What a service's process finds in its environment: nothing of PID 1's own. `PANOS_STATE` is a folder that belongs to
 * it and survives restarts; it is absent while there is no place for it.
 */
export function serviceEnvironment(definition: ServiceDefinition): Record<string, string> {
  const { name, uid, gid, environment } = definition;
  const own = { PANOS_SERVICE: name, HOME: '/', LANG: 'C.UTF-8', PATH: '/bin', TMPDIR: '/tmp' };
  return { ...own, ...(uid === 0 ? {} : stateFolder(name, uid, gid)), ...environment };
}

function stateFolder(name: string, uid: number, gid: number): Record<string, string> {
  const folder = `${stateRoot}/${name}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    chownSync(folder, uid, gid);
    return { PANOS_STATE: folder };
  } catch {
    return {};
  }
}
