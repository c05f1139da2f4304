import { type Capability, type Keyboard, LabError, type Pointer, type Touch } from '../contract.ts';
import type { FakeGuest } from './guest.ts';

/** The guest that runs; throws when none does. */
type Running = () => FakeGuest;
type Guard = (capability: Capability) => void;

const keyName =
  /^(Key[A-Z]|Digit\d|F\d\d?|Arrow(Up|Down|Left|Right)|(Shift|Control|Alt|Meta)(Left|Right)|Enter|Escape|Tab|Space|Backspace|Delete|Home|End|PageUp|PageDown|PrintScreen|Minus|Equal|Comma|Period|Slash|Semicolon|Quote|Backquote|Backslash|Bracket(Left|Right))$/;

/** Enough of a US layout for letters, digits and spaces. */
function keysFor(character: string): readonly string[] {
  if (/[a-z]/.test(character)) return [`Key${character.toUpperCase()}`];
  if (/[A-Z]/.test(character)) return ['ShiftLeft', `Key${character}`];
  if (/\d/.test(character)) return [`Digit${character}`];
  const named = { ' ': 'Space', '\n': 'Enter', '-': 'Minus', '.': 'Period', '/': 'Slash' }[character];
  if (named === undefined) throw new LabError(`a fake keyboard cannot type ${JSON.stringify(character)}`);
  return [named];
}

export function fakeKeyboard(running: Running, guard: Guard): Keyboard {
  const key = async (code: string, pressed: boolean) => {
    guard('keyboard');
    if (!keyName.test(code)) throw new LabError(`${code} is no key`);
    running().key?.(code, pressed);
  };
  const keyboard: Keyboard = {
    down: (code) => key(code, true),
    up: (code) => key(code, false),
    chord: async (codes) => {
      for (const code of codes) await key(code, true);
      for (const code of codes.toReversed()) await key(code, false);
    },
    type: async (text) => {
      for (const chord of [...text].map(keysFor)) await keyboard.chord(chord);
    },
  };
  return keyboard;
}

export function fakePointer(running: Running, guard: Guard): Pointer {
  return {
    moveTo: async (x, y) => {
      guard('pointer-absolute');
      onScreen(x, y);
      running().pointer?.({ kind: 'moveTo', x, y });
    },
    moveBy: async (x, y) => {
      guard('pointer-relative');
      running().pointer?.({ kind: 'moveBy', x, y });
    },
    button: async (button, pressed) => {
      guard('pointer-relative');
      running().pointer?.({ kind: 'button', button, pressed });
    },
    wheel: async (notches) => {
      guard('pointer-relative');
      running().pointer?.({ kind: 'wheel', notches });
    },
  };
}

export function fakeTouch(running: Running, guard: Guard): Touch {
  const fingers = new Set<number>();
  const mustBeDown = (slot: number) => {
    if (!fingers.has(slot)) throw new LabError(`finger ${slot} is not down`);
  };
  return {
    down: async (slot, x, y) => {
      guard('touch');
      running();
      onScreen(x, y);
      if (fingers.has(slot)) throw new LabError(`finger ${slot} is down already`);
      fingers.add(slot);
    },
    move: async (slot, x, y) => {
      guard('touch');
      onScreen(x, y);
      mustBeDown(slot);
    },
    up: async (slot) => {
      guard('touch');
      mustBeDown(slot);
      fingers.delete(slot);
    },
  };
}

function onScreen(...fractions: readonly number[]): void {
  for (const fraction of fractions) {
    if (!(fraction >= 0 && fraction <= 1)) throw new LabError(`${fraction} is outside the screen, which is 0 to 1`);
  }
}
