import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { readSettings, type SettingsReading, type SettingsSource } from '../settings/read.ts';
import { applyHostname } from './identity.ts';
import type { Logger } from './log/journal.ts';

/** Where settings stand, later ones winning: on the boot partition, on a provisioning disk, from QEMU's host. */
const places = [
  '/boot/panos.json',
  '/run/seed/panos.json',
  '/sys/firmware/qemu_fw_cfg/by_name/opt/org.panos/settings/raw',
] as const;

/** Reads what settings there are. */
export function loadSettings(files: readonly string[] = places): SettingsReading {
  const sources: SettingsSource[] = [];
  const unreadable: string[] = [];
  for (const file of files) {
    try {
      sources.push({ file, text: readFileSync(file, 'utf8') });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') unreadable.push(`${file} is ignored: ${message}`);
    }
  }
  const reading = readSettings(sources);
  return { ...reading, problems: [...unreadable, ...reading.problems] };
}

/**
 * Reads the settings anew while the system runs, and applies the host name. What else PID 1 does with settings it does at
 * a start: `safe`, the log's and the owner's services stay as they were until then, and that is what is shown as in force.
 */
export function reloadSettings(before: SettingsReading, log: Logger): SettingsReading {
  const { settings, problems } = loadSettings();
  const { hostname, net } = settings;
  if (hostname !== before.settings.hostname) applyHostname(hostname, log);
  for (const problem of problems) log.warning(problem);
  const waiting = (['safe', 'log', 'services'] as const).filter(
    (field) => !isDeepStrictEqual(settings[field], before.settings[field]),
  );
  const notes = waiting.map((field) => `"${field}" has changed, and takes effect at the next start`);
  return { settings: { ...before.settings, hostname, net }, problems: [...problems, ...notes] };
}
