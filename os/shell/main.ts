/**
 * The console: a service of PID 1 that serves the machine's own terminals. Started by hand (`node os/shell/main.ts`)
 * it serves the terminal that it was started on, and says so where PID 1 would have answered.
 */
import { connect, type InitClient } from '../control/client.ts';
import { collectGarbage } from '../lib/collect-garbage.ts';
import type { Network } from '../sockets/client/network.ts';
import { banner, settled } from './banner.ts';
import type { Control } from './commands/command.ts';
import { commandTable } from './commands/table.ts';
import { keepServing } from './devices.ts';
import { createLineShell } from './line-shell.ts';
import { serveConsole } from './terminal/console.ts';
import { openTerminal, type Terminal } from './terminal/terminal.ts';
import { CommandError } from './values/status.ts';

const init = process.send === undefined ? undefined : connect();
const control: Control = init ?? {
  request: async () => {
    throw new CommandError(503, 'PID 1 is absent: this console was not started by it');
  },
};
const shell = createLineShell({ control, commands: commandTable, network: loadNetwork });
const stopping = new AbortController();
/** Milliseconds after the first prompt in which a person has nothing to wait for. */
const settledMs = 2000;

// No top-level await: the image carries this as CommonJS, which starts faster.
void (init === undefined ? serveThisTerminal() : serveMachine(init, ['/dev/ttyS0', '/dev/tty1']));

/** The network's client takes time to load that a first prompt does not have. */
async function loadNetwork(): Promise<Network> {
  const { network } = await import('../sockets/client/network.ts');
  return network();
}

/** Start-up is over: what only it needed need not stay mapped. Loaded late, because until then nobody needs it. */
async function releaseProgramPages(): Promise<void> {
  const { linux } = await import('../syscall/linux/kernel.ts');
  collectGarbage();
  linux.releaseProgramPages();
}

/** All terminals that there are, until PID 1 says stop. */
async function serveMachine(init: InitClient, devices: readonly string[]): Promise<void> {
  init.onStop(() => stopping.abort());
  process.once('disconnect', () => stopping.abort());
  init.ready();
  await settled(control);
  setTimeout(releaseProgramPages, settledMs).unref();
  const options = { shell, banner: () => banner(control), endOfInput: 'restart' } as const;
  await Promise.all(
    devices.map((path) =>
      keepServing(
        path,
        {
          serve: (terminal) => serveConsole(terminal, options, stopping.signal),
          report: (severity, message) => init.log(severity, message),
        },
        stopping.signal,
      ),
    ),
  );
  // A machine without any terminal keeps its console service, so that it does not count as failed.
  if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
  process.exit(0);
}

async function serveThisTerminal(): Promise<void> {
  const terminal = openOwnTerminal();
  const options = { shell, banner: () => banner(control), endOfInput: 'leave' } as const;
  for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());
  await serveConsole(terminal, options, stopping.signal);
  await terminal.close();
  process.exit(0);
}

function openOwnTerminal(): Terminal {
  try {
    return openTerminal('/dev/tty');
  } catch (error) {
    console.error(`The console needs a terminal: ${(error as Error).message}.`);
    return process.exit(1);
  }
}
