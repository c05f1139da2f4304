/**
 * Domain names: RFC 1035, sections 3.1, 4.1.4 and 5.1. A name is a text without its last dot, the root is the empty text.
 * In a label a dot is `\.`, a backslash `\\`, and what is not printable ASCII is `\DDD`, the byte in decimal, so a name
 * that was read is ASCII, and is the same name when it is written.
 */

/** Length limits of RFC 1035, section 2.3.4. */
const longestLabel = 63;
const longestName = 255;

/** The text of each byte in a label. */
const byteText = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
});

/** A name that was read, and where what follows it starts. */
export interface ReadName {
  readonly name: string;
  readonly next: number;
}

/**
 * Reads the name at `offset`; pointers count from the start of `bytes`. A pointer must point to before the labels that it
 * ends, which every real one does, so there are no loops.
 * @returns undefined when it is cut off, too long, or not a name
 */
export function readName(bytes: Uint8Array, offset: number): ReadName | undefined {
  const labels: string[] = [];
  let at = offset;
  /** Where the labels being read started: the next pointer must go further back. */
  let start = offset;
  let next: number | undefined;
  let length = 1;
  for (;;) {
    const head = bytes[at];
    if (head === undefined) return undefined;
    if (head === 0) return { name: labels.join('.'), next: next ?? at + 1 };
    if (head >= 0xc0) {
      const target = ((head & 0x3f) << 8) | (bytes[at + 1] ?? 0xff);
      if (at + 2 > bytes.length || target >= start) return undefined;
      next ??= at + 2;
      at = target;
      start = target;
      continue;
    }
    length += head + 1;
    if (head > longestLabel || length > longestName || at + 1 + head > bytes.length) return undefined;
    let label = '';
    for (let index = at + 1; index <= at + head; index++) label += byteText[bytes[index] as number] as string;
    labels.push(label);
    at += 1 + head;
  }
}

const utf8 = new TextEncoder();

/** The labels of a name as bytes, or undefined when it is none: an empty or long label, a bad escape, too long. */
export function labelsOf(name: string): readonly Uint8Array[] | undefined {
  if (name === '' || name === '.') return [];
  if (name.length > 4 * longestName) return undefined;
  const labels: Uint8Array[] = [];
  let total = 1;
  for (const text of splitLabels(name)) {
    const label = labelBytes(text);
    if (label === undefined || label.length === 0 || label.length > longestLabel) return undefined;
    total += label.length + 1;
    labels.push(label);
  }
  return total > longestName ? undefined : labels;
}

/** The labels' texts, still with their escapes. One dot at the end is allowed. */
export function splitLabels(name: string): string[] {
  const labels = name.includes('\\') ? name.split(/(?<=(?<!\\)(?:\\\\)*)\./) : name.split('.');
  if (labels.length > 1 && labels.at(-1) === '') labels.pop();
  return labels;
}

function labelBytes(text: string): Uint8Array | undefined {
  if (!text.includes('\\')) return utf8.encode(text);
  const parts: number[] = [];
  let at = 0;
  while (at < text.length) {
    const escaped = /^\\(?:(\d{3})|(\D))/u.exec(text.slice(at, at + 4));
    if (text[at] !== '\\') {
      const end = text.indexOf('\\', at);
      parts.push(...utf8.encode(text.slice(at, end < 0 ? undefined : end)));
      at = end < 0 ? text.length : end;
    } else if (escaped === null) return undefined;
    else if (escaped[1] === undefined) {
      parts.push(...utf8.encode(escaped[2]));
      at += escaped[0].length;
    } else {
      if (Number(escaped[1]) > 255) return undefined;
      parts.push(Number(escaped[1]));
      at += 4;
    }
  }
  return Uint8Array.from(parts);
}

/** The name on the wire, without compression; undefined when it is none. */
export function encodeName(name: string): Uint8Array | undefined {
  const labels = labelsOf(name);
  if (labels === undefined) return undefined;
  const bytes: number[] = [];
  for (const label of labels) bytes.push(label.length, ...label);
  bytes.push(0);
  return Uint8Array.from(bytes);
}

/** Names that differ only in the case of ASCII letters are one name, and have one key: RFC 4343. */
export const nameKey = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

export const sameName = (a: string, b: string): boolean => a === b || nameKey(a) === nameKey(b);

/** Whether `name` is `ancestor` or below it. */
export function isWithin(name: string, ancestor: string): boolean {
  if (ancestor === '') return true;
  const labels = splitLabels(nameKey(name));
  const wanted = splitLabels(nameKey(ancestor));
  return (
    labels.length >= wanted.length &&
    wanted.every((label, index) => label === labels[labels.length - wanted.length + index])
  );
}

/** Names one after another, as DHCP has them (RFC 3397, RFC 8415, section 10); those up to the first bad one. */
export function readNames(bytes: Uint8Array, most: number): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < bytes.length && names.length < most) {
    const read = readName(bytes, at);
    if (read === undefined) break;
    if (read.name !== '') names.push(read.name);
    at = read.next;
  }
  return names;
}
