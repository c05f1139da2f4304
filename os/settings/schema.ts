import {
  array,
  boolean,
  type GenericSchema,
  integer,
  maxLength,
  maxValue,
  minValue,
  number,
  optional,
  picklist,
  pipe,
  record,
  regex,
  string,
} from 'valibot';
import type { ServiceSettings } from './settings.ts';

/** A field that stands for itself: a wrong value falls back without touching its neighbours. */
export interface Field {
  readonly schema: GenericSchema;
  /** Ends the sentence "… is not …". */
  readonly expected: string;
}

const whole = (least: number, most: number) => pipe(number(), integer(), minValue(least), maxValue(most));

/** A host name label: RFC 1123, section 2.1, and RFC 952. */
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Also a folder's and a control group's name. */
const serviceName = pipe(string(), maxLength(32), regex(/^[a-z][a-z0-9-]*$/));

/** Places that are not part of the system and can hold a module; no way out of them. */
const modulePath = pipe(string(), maxLength(1000), regex(/^\/(run\/seed|boot|data)(\/(?!\.\.?(\/|$))[^/\0]+)+$/));

/** `field` or `group.field` of the settings file. */
export const fields: Readonly<Record<string, Field>> = {
  hostname: {
    schema: pipe(string(), regex(label)),
    expected: 'a host name of 1 to 63 letters, digits and inner hyphens',
  },
  safe: { schema: boolean(), expected: 'true or false' },
  'log.serial': {
    schema: picklist(['error', 'warning', 'info', 'debug']),
    expected: '"error", "warning", "info" or "debug"',
  },
  'log.diskBytes': {
    schema: whole(64 * 1024, 1024 ** 3),
    expected: 'a whole number of bytes from 65536 to 1073741824',
  },
  'log.diskFiles': { schema: whole(1, 100), expected: 'a whole number from 1 to 100' },
};

/** The fields of one entry of `services`. */
export const serviceFields: Readonly<Record<keyof ServiceSettings, Field>> = {
  name: {
    schema: serviceName,
    expected: 'a name of at most 32 lower-case letters, digits and hyphens that begins with a letter',
  },
  description: { schema: optional(pipe(string(), maxLength(200))), expected: 'a text of at most 200 characters' },
  module: { schema: modulePath, expected: 'the path of a module below /run/seed, /boot or /data' },
  requires: { schema: optional(pipe(array(serviceName), maxLength(32))), expected: "a list of services' names" },
  readiness: { schema: optional(picklist(['notify', 'started'])), expected: '"notify" or "started"' },
  restart: {
    schema: optional(picklist(['always', 'on-failure', 'never'])),
    expected: '"always", "on-failure" or "never"',
  },
  memoryMiB: { schema: optional(whole(16, 1024 * 1024)), expected: 'a whole number of MiB from 16 to 1048576' },
  processes: { schema: optional(whole(1, 100_000)), expected: 'a whole number from 1 to 100000' },
  user: { schema: optional(whole(0, 65_533)), expected: 'a numeric user from 0 to 65533' },
  environment: {
    schema: optional(record(pipe(string(), regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), pipe(string(), regex(/^[^\0]*$/)))),
    expected: 'an object of texts whose names are letters, digits and underscores',
  },
};
