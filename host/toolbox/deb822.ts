/**
 * Debian's control file syntax (Debian Policy 5.1, deb822(5)), as used by apt's sources, package indexes and
 * machine-readable copyright files. Field names are lower-cased: they are case-insensitive.
 */
export type Paragraph = ReadonlyMap<string, string>;

/**
 * The paragraphs of a control file. A continuation line joins its field with a line feed, without its first blank
 * and with a lone `.` (an empty line) kept. Lines that belong to no field are skipped: the files come from outside.
 */
export function parseParagraphs(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let fields = new Map<string, string>();
  let name = '';
  const finish = () => {
    if (fields.size > 0) paragraphs.push(fields);
    fields = new Map();
    name = '';
  };
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      finish();
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== '') fields.set(name, `${fields.get(name)}\n${line.slice(1).trimEnd()}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      name = line.slice(0, colon).trim().toLowerCase();
      fields.set(name, line.slice(colon + 1).trim());
    }
  }
  finish();
  return paragraphs;
}

/** A field's blank-separated words; none when the field is absent. */
export function words(paragraph: Paragraph, field: string): string[] {
  return (paragraph.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
}
