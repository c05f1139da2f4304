import { usageFailure } from '../lib/failure.ts';

/** Names that people use for keys, in lower case, and the `code` values of the W3C UI Events specification. */
const named: Readonly<Record<string, string>> = {
  super: 'MetaLeft',
  win: 'MetaLeft',
  meta: 'MetaLeft',
  ctrl: 'ControlLeft',
  control: 'ControlLeft',
  alt: 'AltLeft',
  altgr: 'AltRight',
  shift: 'ShiftLeft',
  enter: 'Enter',
  return: 'Enter',
  esc: 'Escape',
  escape: 'Escape',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Delete',
  del: 'Delete',
  insert: 'Insert',
  home: 'Home',
  end: 'End',
  pageup: 'PageUp',
  pagedown: 'PageDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  up: 'ArrowUp',
  down: 'ArrowDown',
  printscreen: 'PrintScreen',
};

/** The key for one letter, digit or function key. */
function plain(name: string): string | undefined {
  if (/^[a-z]$/.test(name)) return `Key${name.toUpperCase()}`;
  if (/^[0-9]$/.test(name)) return `Digit${name}`;
  if (/^f([1-9]|1[0-2])$/.test(name)) return name.toUpperCase();
  return undefined;
}

/**
 * Reads `Super+Left` or `ctrl+alt+delete`.
 * @throws Failure (usage) naming the key that is unknown
 */
export function parseChord(text: string): readonly string[] {
  return text.split('+').map((part) => {
    const name = part.trim().toLowerCase();
    const code = named[name] ?? plain(name);
    if (code) return code;
    throw usageFailure(
      `"${part}" is no key: use letters, digits, F1 to F12 and names such as Super, Ctrl, Enter, Left, joined by "+".`,
    );
  });
}
