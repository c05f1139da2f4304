/**
 * Whether `typed` stands in `seen` as an echo: its characters in order, perhaps with something between them, because a terminal
 * wraps long lines and log records may come in the middle.
 */
export function echoes(typed: string, seen: string): boolean {
  let at = 0;
  for (const character of typed) {
    at = seen.indexOf(character, at);
    if (at < 0) return false;
    at += character.length;
  }
  return true;
}
