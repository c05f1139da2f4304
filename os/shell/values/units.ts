import type { Unit } from './presentation.ts';

const prefixes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `1.5 MiB`: three significant digits, binary prefixes. */
export function formatBytes(bytes: number): string {
  let scaled = bytes;
  let prefix = 0;
  // 999.5 would print as 1000: go on to the next prefix from there.
  while (Math.abs(scaled) >= 999.5 && prefix < prefixes.length - 1) {
    scaled /= 1024;
    prefix += 1;
  }
  const digits = prefix === 0 || Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${prefixes[prefix]}`;
}

/** `2 d 3 h`, `3 min 12 s`, `4.25 s`: the two largest parts. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.floor(seconds);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** One property of a value as people read it. */
export function formatProperty(value: unknown, unit: Unit = 'plain'): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') {
    switch (unit) {
      case 'bytes':
        return formatBytes(value);
      case 'seconds':
        return formatSeconds(value);
      case 'instant':
        return `${value.toFixed(3)} s`;
      case 'fraction':
        return `${Math.round(value * 100)} %`;
      case 'plain':
        return String(value);
    }
  }
  // ISO 8601 instants lose their fraction and get a blank: `2026-01-31 12:00:00`.
  if (unit === 'instant' && typeof value === 'string') return value.slice(0, 19).replace('T', ' ');
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
