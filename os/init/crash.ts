import { mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { writeFileAtomically } from '../lib/atomic-write.ts';
import { version } from '../lib/version.ts';
import type { Journal } from './log/journal.ts';
import type { Power } from './power/power.ts';
import { describeExit, type Exit } from './supervisor/exit.ts';
import type { Service } from './supervisor/machine.ts';

const usualFolder = '/data/crash';
const maxReports = 20;
const logLines = 50;

/** What a crash report holds, beside the log. */
interface Crash {
  readonly unit: string;
  readonly ended: string;
  readonly details: Record<string, unknown>;
}

/** Writes a report of a service that ended in a way nobody asked for. */
export function reportCrash(
  journal: Journal,
  { definition, restarts }: Service,
  exit: Exit,
  folder = usualFolder,
): void {
  const { name, module, memoryMax, processesMax, uid } = definition;
  writeReport(
    journal,
    {
      unit: name,
      ended: describeExit(exit),
      details: { module, restarts, user: uid, limits: { memory: memoryMax, processes: processesMax } },
    },
    folder,
  );
}

/** An error in PID 1 itself that nothing caught: it is reported, and the machine restarts in order rather than dies. */
export function guardAgainstOwnErrors(journal: Journal, power: Power): void {
  const give = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    journal.write('init', 'error', `an error of PID 1 itself: ${stack.replaceAll('\n', ' | ')}`);
    writeReport(journal, { unit: 'init', ended: 'uncaught error', details: { stack } });
    power.request('reboot', 'an error of PID 1 itself');
  };
  process.on('uncaughtException', give);
  process.on('unhandledRejection', give);
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    // node:ffi says at every start that it is experimental.
    if (warning.name !== 'ExperimentalWarning') journal.write('init', 'warning', `node: ${warning.message}`);
  });
}

/** A report that cannot be written is no further crash: the log has said what happened. */
function writeReport(journal: Journal, { unit, ended, details }: Crash, folder = usualFolder): void {
  const time = new Date().toISOString();
  const log = journal.read({ unit, limit: logLines });
  try {
    mkdirSync(folder, { recursive: true });
    const path = `${folder}/${time.replaceAll(':', '-')}-${unit}.json`;
    writeFileAtomically(path, `${JSON.stringify({ version, unit, time, ended, ...details, log }, undefined, 2)}\n`);
    const reports = readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort();
    for (const old of reports.slice(0, -maxReports)) unlinkSync(`${folder}/${old}`);
  } catch (error) {
    journal.write('init', 'warning', `no crash report of ${unit}: ${(error as Error).message}`);
  }
}
