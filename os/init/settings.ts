import { readFileSync } from 'node:fs';
import { readSettings, type SettingsReading, type SettingsSource } from '../settings/read.ts';

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
