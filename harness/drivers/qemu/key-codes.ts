/**
 * Key names of the W3C UI Events KeyboardEvent code values specification (section 3, "Keyboard common code values") as QEMU's
 * `QKeyCode` (qapi/ui.json), and the US layout.
 */
const letters = Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz'].map((c) => [`Key${c.toUpperCase()}`, c]));
const digits = Object.fromEntries([...'0123456789'].map((c) => [`Digit${c}`, c]));
const functionKeys = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, `f${i + 1}`]));
const keypadDigits = Object.fromEntries([...'0123456789'].map((c) => [`Numpad${c}`, `kp_${c}`]));

export const qemuKeyCodes: Readonly<Record<string, string>> = {
  ...letters,
  ...digits,
  ...functionKeys,
  ...keypadDigits,
  Escape: 'esc',
  Backquote: 'grave_accent',
  Minus: 'minus',
  Equal: 'equal',
  Backspace: 'backspace',
  Tab: 'tab',
  BracketLeft: 'bracket_left',
  BracketRight: 'bracket_right',
  Backslash: 'backslash',
  CapsLock: 'caps_lock',
  Semicolon: 'semicolon',
  Quote: 'apostrophe',
  Enter: 'ret',
  Comma: 'comma',
  Period: 'dot',
  Slash: 'slash',
  Space: 'spc',
  IntlBackslash: 'less',
  ShiftLeft: 'shift',
  ShiftRight: 'shift_r',
  ControlLeft: 'ctrl',
  ControlRight: 'ctrl_r',
  AltLeft: 'alt',
  AltRight: 'alt_r',
  MetaLeft: 'meta_l',
  MetaRight: 'meta_r',
  ContextMenu: 'menu',
  PrintScreen: 'print',
  ScrollLock: 'scroll_lock',
  Pause: 'pause',
  Insert: 'insert',
  Delete: 'delete',
  Home: 'home',
  End: 'end',
  PageUp: 'pgup',
  PageDown: 'pgdn',
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  NumLock: 'num_lock',
  NumpadDivide: 'kp_divide',
  NumpadMultiply: 'kp_multiply',
  NumpadSubtract: 'kp_subtract',
  NumpadAdd: 'kp_add',
  NumpadEnter: 'kp_enter',
  NumpadDecimal: 'kp_decimal',
};

/** Unshifted and shifted character of each printing key of the US layout. */
const usKeys: readonly (readonly [code: string, plain: string, shifted: string])[] = [
  ...Object.entries(letters).map(([code, c]) => [code, c, c.toUpperCase()] as const),
  ...[...'0123456789'].map((c) => [`Digit${c}`, c, ')!@#$%^&*('.charAt(Number(c))] as const),
  ['Backquote', '`', '~'],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
];

const usLayout = new Map<string, readonly string[]>([
  [' ', ['Space']],
  ['\n', ['Enter']],
  ['\t', ['Tab']],
  ...usKeys.map(([code, plain]) => [plain, [code]] as const),
  ...usKeys.map(([code, , shifted]) => [shifted, ['ShiftLeft', code]] as const),
]);

/** The keys to hold for one character on a US layout, or undefined when that layout cannot type it. */
export const usChord = (character: string): readonly string[] | undefined => usLayout.get(character);
