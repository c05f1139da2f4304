import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceStatus } from '../control/protocol.ts';
import { version } from '../lib/version.ts';
import type { Control } from './commands/command.ts';

/** What a person sees first: what this is, what it is called, and what to type; and what is wrong, if something is. */
export async function banner(control: Control): Promise<string> {
  const lines = ['', `PanoramicData.Os ${version} on ${hostName()}`, ...(await troubles(control)), helpLine, ''];
  return `${lines.join('\n')}\n`;
}

const helpLine = 'Type help for the list of commands.';

async function troubles(control: Control): Promise<string[]> {
  try {
    const services = await control.request({ kind: 'services' });
    const { problems } = await control.request({ kind: 'settings' });
    const broken = services.filter(({ state }) => state === 'failed' || state === 'backing-off');
    return [
      ...(broken.length > 0 ? [`${broken.map(({ name }) => name).join(', ')} does not run: type services.`] : []),
      ...(problems.length > 0 ? [`The settings have ${count(problems.length, 'problem')}: type settings.`] : []),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

function hostName(): string {
  try {
    return readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  } catch {
    return 'an unnamed machine';
  }
}

const settling = (service: ServiceStatus): boolean => service.state === 'waiting' || service.state === 'starting';

/**
 * Waits until no service is on its way any more, so that PID 1's last lines about the start do not land behind a
 * prompt. Gives up after `longest` milliseconds, or when PID 1 does not answer.
 */
export async function settled(control: Control, longest = 3000): Promise<void> {
  const end = performance.now() + longest;
  try {
    while ((await control.request({ kind: 'services' })).some(settling) && performance.now() < end) {
      await delay(50);
    }
  } catch {
    // The banner will tell.
  }
}
