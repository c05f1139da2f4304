import type { LogRecord } from '../../control/protocol.ts';

/** `[    1.234567] panos init: warning: message`, the kernel's own way to write a time stamp. */
export function logLine(record: Pick<LogRecord, 'uptime' | 'unit' | 'severity' | 'message'>): string {
  const stamp = record.uptime.toFixed(6).padStart(12);
  const mark = record.severity === 'error' || record.severity === 'warning' ? `${record.severity}: ` : '';
  // Control characters of a service must not reach the terminal of the person who reads.
  const message = record.message.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
  return `[${stamp}] panos ${record.unit}: ${mark}${message}\n`;
}
