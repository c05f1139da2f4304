import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Network } from '../../sockets/client/network.ts';
import { networkFailure } from '../values/network-failure.ts';
import { badArguments, CommandError } from '../values/status.ts';
import { absolute, type Command, located, naming } from './command.ts';

const mostRedirects = 5;

/** What TLS says of a certificate that is not trusted begins so. */
const isCertificateError = (code: unknown): boolean =>
  typeof code === 'string' && /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_|ERR_SSL_)/.test(code);

export const fetch: Command = {
  name: 'fetch',
  summary: 'get a page, and tell its status, size and SHA-256',
  usage: 'fetch [--ca FILE] URL',
  operands: { least: 1, most: 1, are: 'text' },
  options: [{ name: 'ca', value: 'FILE', summary: 'trust the certificates in this file (PEM)' }],
  examples: [
    {
      line: 'fetch http://www.example.org/',
      explains: 'how a server answers',
      gives: [
        {
          url: 'http://www.example.org/',
          status: 200,
          bytes: 5,
          sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        },
      ],
    },
    {
      line: 'fetch http://www.example.org/moved',
      explains: `up to ${mostRedirects} redirections are followed`,
      gives: [{ url: 'http://www.example.org/', status: 200 }],
    },
    { line: 'fetch http://nowhere.example.org/', explains: 'a host that does not exist', status: 404 },
    { line: 'fetch ftp://www.example.org/', explains: 'only http and https', status: 400 },
  ],
  presentation: {
    as: 'table',
    columns: [
      { key: 'status' },
      { key: 'bytes', unit: 'bytes' },
      { key: 'time', unit: 'seconds' },
      { key: 'sha256' },
      { key: 'url' },
    ],
  },
  /** `time` is in seconds, until the last byte. */
  async *run(args, context) {
    const [text = ''] = args.operands;
    let url = parse(text);
    const caFile = args.value('ca');
    const path = caFile === undefined ? undefined : absolute(caFile, context);
    const ca = path === undefined ? undefined : await naming(path, readFile(located(path, context)));
    const network = await context.network();
    const { createHash } = await import('node:crypto');
    const started = performance.now();
    for (let hop = 0; ; hop += 1) {
      const response = await request(url, network, ca, context.signal);
      const { statusCode: status = 0, headers } = response;
      if (status >= 300 && status < 400 && headers.location !== undefined) {
        response.destroy();
        if (hop >= mostRedirects) throw new CommandError(502, `more than ${mostRedirects} redirections`);
        url = parse(new URL(headers.location, url).href);
        continue;
      }
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for await (const chunk of response) {
          hash.update(chunk as Buffer);
          bytes += (chunk as Buffer).length;
        }
      } catch (error) {
        throw networkFailure(error, url.host);
      }
      yield { url: url.href, status, bytes, sha256: hash.digest('hex'), time: (performance.now() - started) / 1000 };
      return;
    }
  },
};

function parse(text: string): URL {
  const url = URL.parse(text) ?? undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw badArguments(`"${text}" is no address of a page: http://HOST/PATH or https://HOST/PATH`);
}

async function request(
  url: URL,
  network: Network,
  ca: Buffer | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const [http, { connect: secured }] = await Promise.all([
    secure ? import('node:https') : import('node:http'),
    import('node:tls'),
  ]);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const createConnection = (): Duplex => {
    const socket = network.connect({ host, port: Number(url.port) || (secure ? 443 : 80) });
    if (!secure) return socket;
    // A name, not an address, is sent before the server shows its certificate: RFC 6066, section 3.
    const servername = /^[\d.]+$|:/.test(host) ? '' : host;
    return secured({ socket, host, servername, ...(ca === undefined ? {} : { ca }) });
  };
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'panos-fetch', connection: 'close' };
    const outgoing = http.request(url, { createConnection, headers, signal }, resolve);
    outgoing.once('error', (error: Error & { code?: string }) => {
      const untrusted = isCertificateError(error.code);
      reject(
        untrusted
          ? new CommandError(502, `${url.host}: its certificate is not trusted (${error.message})`)
          : networkFailure(error, url.host),
      );
    });
    outgoing.end();
  });
}
