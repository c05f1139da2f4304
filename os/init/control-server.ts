import type { Answers, FromInit, Request, ServiceStatus, Severity, ToInit } from '../control/protocol.ts';
import type { Journal } from './log/journal.ts';
import type { Service } from './supervisor/machine.ts';
import type { Runner } from './supervisor/runner.ts';

const severities: readonly unknown[] = ['error', 'warning', 'info', 'debug'] satisfies Severity[];
const maxRecords = 1000;

/** What the requests are answered from. */
export interface ControlSubjects {
  readonly journal: Journal;
  readonly runner: Runner;
  readonly settings: () => Answers['settings'];
  /** Resolves when start-up has come so far. */
  readonly reached: Readonly<Record<'settings' | 'data', Promise<void>>>;
  /** Reads the settings anew and tells everybody who may ask. */
  readonly reloadSettings: () => Answers['settings'];
  readonly power: (action: 'poweroff' | 'reboot', by: string) => void;
}

type Result = Extract<FromInit, { type: 'answer' }>['result'];

/** A request that cannot be fulfilled. */
class Refusal extends Error {
  readonly status: Extract<FromInit, { type: 'error' }>['status'];

  constructor(status: Refusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Takes one message of a service. Whatever it is, it harms nothing but the service's own standing. */
export function receive(
  subjects: ControlSubjects,
  service: Service,
  message: unknown,
  answer: (message: FromInit) => void,
): void {
  const { name, control } = service.definition;
  if (!isRecord(message)) return;
  const { type, id, request, severity, message: text } = message as Partial<Record<keyof ToInit | string, unknown>>;
  if (type === 'ready') {
    subjects.runner.send({ type: 'ready', name });
    return;
  }
  if (type === 'log' && severities.includes(severity) && typeof text === 'string') {
    subjects.journal.write(name, severity as Severity, text);
    return;
  }
  if (type !== 'request' || typeof id !== 'number') return;
  try {
    if (!control) throw new Refusal(403, `${name} may not send requests`);
    if (!isRecord(request)) throw new Refusal(400, 'a request is an object with a `kind`');
    const { kind, after } = request;
    if (kind === 'settings' && (after === 'settings' || after === 'data')) {
      subjects.reached[after].then(() => answer({ type: 'answer', id, result: subjects.settings() }));
      return;
    }
    answer({ type: 'answer', id, result: fulfil(subjects, name, request as unknown as Request) });
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    answer({ type: 'error', id, status, message: (error as Error).message });
  }
}

/** `request` is typed but not yet checked. */
function fulfil(subjects: ControlSubjects, by: string, request: Request): Result {
  switch (request.kind) {
    case 'services':
      return subjects.runner.machine.services.map((service) => status(subjects.runner, service));
    case 'service':
      // Nobody would be left to start it again.
      if (request.action === 'stop' && request.name === by) {
        throw new Refusal(409, `${by} cannot stop itself: restart it, or switch the machine off`);
      }
      return act(subjects.runner, request.name, request.action);
    case 'log': {
      const { unit, severity, limit } = request;
      if (severity !== undefined && !severities.includes(severity)) throw new Refusal(400, `no severity ${severity}`);
      const bounded = typeof limit === 'number' && limit >= 0 ? Math.min(limit, maxRecords) : 100;
      return subjects.journal.read({ unit, severity, limit: bounded });
    }
    case 'power':
      if (request.action !== 'poweroff' && request.action !== 'reboot') throw new Refusal(400, 'poweroff or reboot');
      subjects.power(request.action, `the ${by} service`);
      return null;
    case 'settings':
      return subjects.settings();
    case 'reload-settings':
      return subjects.reloadSettings();
    default:
      throw new Refusal(400, `no request of kind ${String((request as { kind?: unknown }).kind)}`);
  }
}

function act(runner: Runner, name: string, action: 'start' | 'stop' | 'restart'): ServiceStatus {
  const before = runner.machine.get(name);
  if (before === undefined) throw new Refusal(404, `there is no service ${name}`);
  if (action !== 'start' && action !== 'stop' && action !== 'restart') {
    throw new Refusal(400, 'a service can be asked to start, stop or restart');
  }
  runner.send({ type: action, name });
  return status(runner, runner.machine.get(name) ?? before);
}

function status(runner: Runner, service: Service): ServiceStatus {
  const { name, description, memoryMax } = service.definition;
  const { state, pid, restarts, since, lastExit } = service;
  const memory = pid === null ? null : runner.memory(name);
  return { name, description, state, pid, restarts, since, lastExit, memory, memoryLimit: memoryMax };
}
