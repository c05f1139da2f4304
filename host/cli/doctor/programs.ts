import { access, constants } from 'node:fs/promises';
import { execa } from 'execa';
import { kernelBuildNeeds, missingPackages } from '../../toolbox/host-packages.ts';
import { javaAdvice, javaVersion } from '../report/java.ts';
import { type Finding, fine, limited, missing } from './finding.ts';

/** What is started on the machine itself, whatever is built. */
const always = [
  { program: 'dpkg-deb', package: 'dpkg' },
  { program: 'apt-get', package: 'apt' },
  { program: 'setpriv', package: 'util-linux' },
  { program: 'unshare', package: 'util-linux' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'tar', package: 'tar' },
] as const;

export async function systemPrograms(): Promise<Finding> {
  const packages = await missingPackages(always);
  if (packages.length === 0) return fine(always.map(({ program }) => program).join(', '));
  return missing(`missing: ${packages.join(', ')}`, 'use Debian or a system made from it, and install these packages');
}

export async function kernelBuild(): Promise<Finding> {
  const packages = await missingPackages(kernelBuildNeeds);
  if (packages.length === 0) return fine('compiler and tools are there');
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() === 0) return limited(`missing: ${packages.join(', ')}`, 'the first build installs them');
  return missing(`missing: ${packages.join(', ')}`, `run: sudo ${command}`);
}

export async function java(): Promise<Finding> {
  const version = await javaVersion();
  return version === undefined ? limited('none', `only ./panos report needs it; ${javaAdvice}`) : fine(version);
}

export interface Hypervisor {
  readonly name: string;
  /** A command that only says who it is. */
  readonly probe: readonly [program: string, ...args: string[]];
  readonly cure: string;
}

export const hypervisors: readonly Hypervisor[] = [
  { name: 'VirtualBox', probe: ['VBoxManage', '--version'], cure: 'install VirtualBox 7' },
  { name: 'VMware', probe: ['vmrun'], cure: 'install VMware Workstation, whose vmrun must be in the path' },
  {
    name: 'Hyper-V',
    probe: [
      'pwsh',
      '-NoProfile',
      '-Command',
      '(Get-Command -Module Hyper-V Get-VM -ErrorAction Stop).Version.ToString()',
    ],
    cure: 'use PowerShell on Windows with the Hyper-V module',
  },
];

export async function hypervisor({ probe: [program, ...args], cure }: Hypervisor): Promise<Finding> {
  const result = await execa(program, args, { reject: false, stdin: 'ignore', timeout: 10_000 });
  // vmrun without arguments explains itself and fails: that it starts is enough.
  const present = program === 'vmrun' ? result.code !== 'ENOENT' && result.exitCode !== undefined : !result.failed;
  if (present) return fine(result.stdout.trim().split('\n')[0] || 'present');
  return limited('not here', `its scenarios are skipped; to run them ${cure}`);
}

/** What the lab's network is made in: without root, a network namespace needs a user namespace around it. */
export async function networkNamespaces(): Promise<Finding> {
  const root = process.getuid?.() === 0;
  const result = await execa('unshare', [...(root ? [] : ['--user', '--map-root-user']), '--net', 'true'], {
    reject: false,
    stdin: 'ignore',
  });
  if (!result.failed) return fine(root ? 'may be made by root' : 'may be made without root');
  const cure = root
    ? 'allow them to this container (CAP_SYS_ADMIN)'
    : 'allow them: sudo sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0';
  return limited('may not be made', `the scenarios of the network need them; ${cure}`);
}

/** How a machine's network card gets into the lab's network. */
export async function tapDevices(): Promise<Finding> {
  const device = '/dev/net/tun';
  const problem = await access(device, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );
  if (problem === undefined) return fine(`${device} can be used`);
  const cure = problem === 'ENOENT' ? 'load the module: sudo modprobe tun' : `allow it: sudo chmod 666 ${device}`;
  return limited(`${device} cannot be used`, `the scenarios of the network need it; ${cure}`);
}
