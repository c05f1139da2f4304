/** How text occupies a terminal's cells. */

// Wide in Unicode's EastAsianWidth (W and F), to the precision that terminals agree on.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const zero = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Cells that one code point takes: 0, 1 or 2. */
export function cellsOf(character: string): 0 | 1 | 2 {
  if (character < '\u0300') return 1;
  return zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** Cells that printable text takes. */
export function cellWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}

/** The longest beginning of `text` within `cells`; a cut is marked by `~` (a character that every console font has). */
export function cutToCells(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  let used = 0;
  let cut = '';
  for (const character of text) {
    used += cellsOf(character);
    if (used > cells - 1) break;
    cut += character;
  }
  return cells > 0 ? `${cut}~` : '';
}

/** `text` with blanks after it, or before it, up to `cells`. */
export function padToCells(text: string, cells: number, side: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, cells - cellWidth(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/**
 * Text from outside made harmless for a terminal: control characters other than tab and line feed become `^A`,
 * C1 controls and bidirectional overrides the replacement character. Without this a file could recolour the screen,
 * move the cursor or make the terminal type.
 */
export function printable(text: string): string {
  if (/^[\x20-\x7e\n\t]*$/.test(text)) return text;
  return text
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) => `^${String.fromCharCode(control.charCodeAt(0) ^ 0x40)}`)
    .replace(/[\x80-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
