// The arrows of the architecture (ARCHITECTURE.md), checked by `npm run check`.

/** A folder and the only project folders that it may import; its own files are always allowed. */
const arrows = [
  ['host/lib', []],
  ['host/toolbox', ['host/lib']],
  ['kernel', ['host/lib', 'host/toolbox']],
  ['os/lib', []],
  ['os/control', ['os/lib']],
  // Addresses are read as the stack reads them.
  ['os/settings', ['os/lib', 'os/net/wire']],
  ['os/syscall', ['os/lib']],
  ['os/sockets', ['os/lib']],
  // Of settings and sockets only types: what is set, and what is told.
  ['os/net', ['os/lib', 'os/settings', 'os/sockets', 'os/syscall']],
  ['os/netd', ['os/lib', 'os/control', 'os/net', 'os/settings', 'os/sockets', 'os/syscall']],
  ['os/shell', ['os/lib', 'os/control', 'os/sockets', 'os/syscall']],
  ['os/init', ['os/lib', 'os/control', 'os/settings', 'os/syscall', 'os/shell']],
  ['os/image', ['host/lib', 'host/toolbox', 'os/lib']],
  ['harness/machine', ['host/lib']],
  ['harness/matrix', ['host/lib', 'harness/machine']],
  ['harness/drivers', ['host/lib', 'host/toolbox', 'harness/machine']],
  ['harness/guest', ['host/lib', 'harness/machine']],
  ['harness/disk', ['host/lib', 'host/toolbox', 'harness/machine']],
  ['harness/network', ['host/lib', 'host/toolbox', 'harness/machine']],
  ['harness/cucumber', ['host/lib', 'host/toolbox', 'harness']],
  ['harness/bench', ['host/lib', 'host/toolbox', 'harness']],
  ['steps', ['harness', 'host/lib']],
];

const rule = ([folder, allowed]) => ({
  name: `arrows-of-${folder.replace('/', '-')}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: '^(host|harness|kernel|os|steps|features|reports)/',
    pathNot: [folder, ...allowed].map((path) => `^${path}/`),
  },
});

export default {
  forbidden: [
    ...arrows.map(rule),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-syscall-uses-ffi',
      severity: 'error',
      from: { pathNot: '^os/syscall/' },
      to: { path: '^(node:)?ffi$' },
    },
    {
      name: 'drivers-do-not-know-each-other',
      severity: 'error',
      from: { path: '^harness/drivers/([^/]+)/' },
      to: { path: '^harness/drivers/([^/]+)/', pathNot: '^harness/drivers/$1/' },
    },
    {
      name: 'the-os-carries-no-npm-packages-but-valibot',
      severity: 'error',
      from: { path: '^os/', pathNot: '(^os/image/|[.]test[.]ts$)' },
      to: { dependencyTypes: ['npm'], pathNot: 'node_modules/valibot/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^build|node_modules/[^v])' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
