import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolbox } from '../../host/toolbox/toolbox.ts';
import type { ServerIdentity } from './servers/nginx.ts';

/** A certificate authority of this run, and the identity of a server that it vouches for. PEM. */
export interface Trust {
  readonly authority: string;
  readonly server: ServerIdentity;
}

/**
 * Makes a new authority and a server of these names and addresses. Both hold for a few days from now, by the clock of
 * this machine.
 */
export async function makeTrust(
  toolbox: Toolbox,
  directory: string,
  names: { readonly dns: readonly string[]; readonly ip: readonly string[] },
): Promise<Trust> {
  await mkdir(directory, { recursive: true });
  const at = (name: string) => join(directory, name);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '7', '-batch'];
  const subjects = [...names.dns.map((name) => `DNS:${name}`), ...names.ip.map((address) => `IP:${address}`)];
  await toolbox.run('openssl', [
    ...['req', '-x509', ...curve, '-subj', '/CN=Lab authority', '-keyout', at('authority.key')],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', at('authority.pem')],
  ]);
  await toolbox.run('openssl', [
    ...['req', '-x509', ...curve, '-subj', `/CN=${names.dns[0] ?? names.ip[0] ?? 'server'}`],
    ...['-CA', at('authority.pem'), '-CAkey', at('authority.key'), '-keyout', at('server.key')],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=${subjects.join(',')}`],
    ...['-addext', 'extendedKeyUsage=serverAuth', '-out', at('server.pem')],
  ]);
  const read = (name: string) => readFile(at(name), 'utf8');
  return {
    authority: await read('authority.pem'),
    server: { key: await read('server.key'), certificate: await read('server.pem') },
  };
}
