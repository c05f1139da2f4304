import { createHash } from 'node:crypto';
import type { ServerPlan } from '../server.ts';

/** A file that the web server has. */
export interface Page {
  readonly path: string;
  readonly content: Uint8Array;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

function page(path: string, content: Uint8Array): Page {
  return { path, content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** Bytes that no compression shrinks and nobody guesses; the same ones always. */
function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`block ${index}`).digest(),
  );
  return Buffer.concat(blocks, length);
}

export const pages = [
  page('page', new TextEncoder().encode('A page of the lab.\n')),
  page('large', noise(1024 * 1024)),
] as const;

/** A key and the certificates that prove whose it is, in PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly certificate: string;
}

/**
 * nginx on every address of its host: http on port 80 and, with an identity, https on port 443. It serves {@link pages}
 * at `/page` and `/large`.
 */
export function nginx(identity?: ServerIdentity): ServerPlan {
  return {
    name: 'web',
    program: 'nginx',
    files: {
      'nginx.conf': configuration(identity !== undefined),
      ...(identity !== undefined && { 'server.key': identity.key, 'server.pem': identity.certificate }),
      ...Object.fromEntries(pages.map(({ path, content }) => [path, content])),
    },
    arguments: (directory) => ['-p', directory, '-c', `${directory}/nginx.conf`, '-e', 'stderr'],
    ready: /nginx\/\d/,
  };
}

const configuration = (secure: boolean): string => `
daemon off;
# One process, which needs no user of its own and leaves none behind.
master_process off;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 512; }
http {
  access_log access.log;
  default_type text/plain;
  client_body_temp_path temp-body;
  proxy_temp_path temp-proxy;
  fastcgi_temp_path temp-fastcgi;
  uwsgi_temp_path temp-uwsgi;
  scgi_temp_path temp-scgi;
  server {
    listen 0.0.0.0:80 backlog=511;
    listen [::]:80 ipv6only=on;
    ${secure ? 'listen 0.0.0.0:443 ssl; listen [::]:443 ssl ipv6only=on;' : ''}
    ${secure ? 'ssl_certificate server.pem; ssl_certificate_key server.key;' : ''}
    root .;
  }
}
`;
