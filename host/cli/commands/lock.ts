import { type Command, Option } from 'commander';
import { usageFailure } from '../../lib/failure.ts';
import { readLock, type SetName } from '../../toolbox/lock-file.ts';
import { renewLock, wanted } from '../../toolbox/renew-lock.ts';
import { terminalProgress } from '../terminal-progress.ts';

export function addLock(program: Command): void {
  program
    .command('lock')
    .description('renew host/toolbox/packages.lock.json: the current versions of Debian trixie’s packages')
    .addOption(new Option('--set <name>', 'renew only this set of packages').choices(Object.keys(wanted)))
    .action(async ({ set }: { set?: SetName }) => {
      const previous = await readLock().catch(() => undefined);
      if (set !== undefined && previous === undefined) {
        throw usageFailure('The lock file cannot be read, so all of it must be renewed: leave --set out.');
      }
      const changes = await renewLock(terminalProgress(), previous, set);
      const said = previous === undefined ? ['The lock file is written anew.'] : changes;
      process.stdout.write(`${(said.length > 0 ? said : ['Everything is current.']).join('\n')}\n`);
    });
}
