import { far, type SegmentPlan } from '../addresses.ts';
import type { ServerPlan } from '../server.ts';

/** The zone that the lab's name server answers for. */
const zone = 'lab.example';

/** Length of the text at `big`: more than fits into a datagram, so that a client must ask again over TCP. */
const bigTextLength = 3000;

/** unbound as the segment's name server: it knows {@link zone}, and that there is nothing else. */
export function unbound(segment: SegmentPlan): ServerPlan {
  const { ipv4, ipv6 } = segment;
  return {
    name: 'names',
    program: 'unbound',
    files: {
      'lab.zone': `${records(segment).join('\n')}\n`,
      'unbound.conf': `
server:
  interface: ${ipv4.nameServer}
  interface: ${ipv6.nameServer}
  interface: 127.0.0.1
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "."
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  log-queries: yes
  log-replies: yes
  num-threads: 1
  module-config: "iterator"
  local-zone: "." always_nxdomain
  local-zone: "${zone}." always_transparent
auth-zone:
  name: "${zone}"
  zonefile: "lab.zone"
  for-downstream: yes
  for-upstream: no
remote-control:
  control-enable: no
`,
    },
    arguments: (directory) => ['-d', '-p', '-c', `${directory}/unbound.conf`],
    ready: /start of service/,
  };
}

function records({ ipv4, ipv6 }: SegmentPlan): string[] {
  const host = (name: string, four: string, six: string) => [`${name} IN A ${four}`, `${name} IN AAAA ${six}`];
  // A text of a TXT record has at most 255 bytes (RFC 1035, section 3.3.14).
  const texts = Array.from({ length: bigTextLength / 250 }, (_, index) => `"${String(index).padStart(250, '.')}"`);
  return [
    `$ORIGIN ${zone}.`,
    '$TTL 300',
    '@ IN SOA ns hostmaster 1 3600 600 86400 60',
    '@ IN NS ns',
    ...host('ns', ipv4.nameServer, ipv6.nameServer),
    ...host('web', ipv4.web, ipv6.web),
    ...host('far', far.ipv4, far.ipv6),
    ...host('time', ipv4.timeServer, ipv6.timeServer),
    `four IN A ${ipv4.web}`,
    `six IN AAAA ${ipv6.web}`,
    'alias IN CNAME web',
    'chain IN CNAME alias',
    'note IN TXT "a short text"',
    `big IN TXT ( ${texts.join(' ')} )`,
    '@ IN MX 10 web',
    '_http._tcp IN SRV 0 0 80 web',
  ];
}
