import { is } from 'valibot';
import { NetReader } from './read-net.ts';
import { type Field, fields, serviceFields } from './schema.ts';
import { defaultSettings, type ServiceSettings, type Settings } from './settings.ts';
import { isObject, quote } from './values.ts';

/** One place where settings stand; later ones win. */
export interface SettingsSource {
  /** How a person finds it. */
  readonly file: string;
  readonly text: string;
}

export interface SettingsReading {
  readonly settings: Settings;
  /** One sentence for each thing that is wrong: file, field, what is expected. */
  readonly problems: readonly string[];
}

const maxLength = 1024 * 1024;
const maxProblems = 50;

type Values = Record<string, unknown>;

/**
 * Reads settings over the defaults, never failing: what is wrong is named and falls back to what it was before its
 * source was read. Services are merged by name; a service with a wrong field is left out.
 */
export function readSettings(sources: readonly SettingsSource[]): SettingsReading {
  const problems: string[] = [];
  const say = (sentence: string) => {
    if (problems.length < maxProblems) problems.push(sentence);
  };
  const values = new Map<string, unknown>();
  const services = new Map<string, ServiceSettings>();
  const net = new NetReader(say);
  for (const source of sources) {
    const root = parse(source, say);
    if (root === undefined) continue;
    collect(source.file, root, '', values, say);
    if (Object.hasOwn(root, 'net')) net.read(source.file, root['net']);
    for (const service of readServices(source.file, root['services'], say)) services.set(service.name, service);
  }
  const value = <T>(path: string, fallback: T): T => (values.has(path) ? (values.get(path) as T) : fallback);
  const { log } = defaultSettings;
  return {
    settings: {
      hostname: value('hostname', defaultSettings.hostname),
      safe: value('safe', defaultSettings.safe),
      log: {
        serial: value('log.serial', log.serial),
        diskBytes: value('log.diskBytes', log.diskBytes),
        diskFiles: value('log.diskFiles', log.diskFiles),
      },
      services: [...services.values()],
      net: net.result(),
    },
    problems,
  };
}

function parse({ file, text }: SettingsSource, say: (sentence: string) => void): Values | undefined {
  if (text.length > maxLength) {
    say(`${file} is ignored: it is larger than ${maxLength} characters`);
    return undefined;
  }
  try {
    // Editors on Windows put a byte order mark in front, and an emptied file is no mistake.
    const bare = text.replace(/^\uFEFF/, '').replace(/[\s\0]+$/, '');
    const root: unknown = bare === '' ? {} : JSON.parse(bare);
    if (isObject(root)) return root;
    say(`${file} is ignored: it must hold one JSON object`);
  } catch (error) {
    say(`${file} is ignored: it is not JSON (${(error as Error).message})`);
  }
  return undefined;
}

function collect(file: string, object: Values, prefix: string, into: Map<string, unknown>, say: (s: string) => void) {
  for (const [key, value] of Object.entries(object)) {
    const path = prefix + key;
    if (path === 'services' || path === 'net') continue;
    const field = Object.hasOwn(fields, path) ? fields[path] : undefined;
    if (field !== undefined) {
      if (is(field.schema, value)) into.set(path, value);
      else say(wrong(file, path, value, field));
    } else if (path === 'log') {
      if (isObject(value)) collect(file, value, 'log.', into, say);
      else say(`${file}: "log" is ignored: ${quote(value)} is not an object`);
    } else say(`${file}: ${quote(path)} is ignored: there is no such setting`);
  }
}

const wrong = (file: string, path: string, value: unknown, { expected }: Field): string =>
  `${file}: "${path}" is ignored: ${quote(value)} is not ${expected}`;

function readServices(file: string, list: unknown, say: (sentence: string) => void): ServiceSettings[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    say(`${file}: "services" is ignored: ${quote(list)} is not a list`);
    return [];
  }
  return list.flatMap((entry, index) => readService(file, `services[${index}]`, entry, say) ?? []);
}

function readService(file: string, path: string, entry: unknown, say: (sentence: string) => void) {
  if (!isObject(entry)) {
    say(`${file}: "${path}" is ignored: ${quote(entry)} is not an object`);
    return undefined;
  }
  let good = true;
  for (const key of Object.keys(entry)) {
    if (!Object.hasOwn(serviceFields, key)) say(`${file}: "${path}" has an unknown field ${quote(key)}`);
  }
  for (const [key, field] of Object.entries(serviceFields)) {
    const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
    if (is(field.schema, value)) continue;
    good = false;
    say(`${file}: "${path}" is left out: its ${key} ${quote(value)} is not ${field.expected}`);
  }
  if (!good) return undefined;
  return Object.fromEntries(
    Object.keys(serviceFields).flatMap((key) => (Object.hasOwn(entry, key) ? [[key, entry[key]]] : [])),
  ) as unknown as ServiceSettings;
}
