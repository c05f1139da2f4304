import { setTimeout as delay } from 'node:timers/promises';
import { type Capability, type Keyboard, LabError, type Pointer, type Touch } from '../../machine/contract.ts';
import { qemuKeyCodes, usChord } from './key-codes.ts';
import type { InputEvent } from './qmp-commands.ts';

/** Hands events to the machine as one report; throws when it is not running. */
export type SendInput = (events: readonly InputEvent[]) => Promise<void>;
/** Throws when the machine does not declare the capability. */
export type Guard = (capability: Capability) => void;

/** Absolute axes of QEMU's input layer run from 0 to this (include/ui/input.h, INPUT_EVENT_ABS_MAX). */
const absoluteMaximum = 0x7fff;

/** A PS/2 keyboard's queue holds 16 bytes (hw/input/ps2.c); a chord is at most 4, so this pause lets it drain. */
const pauseBetweenCharactersMs = 10;

export class QemuKeyboard implements Keyboard {
  readonly #send: SendInput;
  readonly #guard: Guard;

  constructor(send: SendInput, guard: Guard) {
    this.#send = send;
    this.#guard = guard;
  }

  async chord(codes: readonly string[]): Promise<void> {
    for (const code of codes) await this.down(code);
    for (const code of codes.toReversed()) await this.up(code);
  }

  down = (code: string): Promise<void> => this.#key(code, true);
  up = (code: string): Promise<void> => this.#key(code, false);

  async type(text: string): Promise<void> {
    this.#guard('keyboard');
    const chords = [...text].map((character) => {
      const chord = usChord(character);
      if (chord === undefined) throw new LabError(`a US keyboard cannot type ${JSON.stringify(character)}`);
      return chord;
    });
    for (const chord of chords) {
      await this.chord(chord);
      await delay(pauseBetweenCharactersMs);
    }
  }

  async #key(code: string, down: boolean): Promise<void> {
    this.#guard('keyboard');
    const data = Object.hasOwn(qemuKeyCodes, code) ? qemuKeyCodes[code] : undefined;
    if (data === undefined) throw new LabError(`${code} is no key: use UI Events code names such as KeyA or MetaLeft`);
    await this.#send([{ type: 'key', data: { down, key: { type: 'qcode', data } } }]);
  }
}

export class QemuPointer implements Pointer {
  readonly #send: SendInput;
  readonly #guard: Guard;

  constructor(send: SendInput, guard: Guard) {
    this.#send = send;
    this.#guard = guard;
  }

  async moveTo(x: number, y: number): Promise<void> {
    this.#guard('pointer-absolute');
    await this.#send([
      { type: 'abs', data: { axis: 'x', value: absolute(x) } },
      { type: 'abs', data: { axis: 'y', value: absolute(y) } },
    ]);
  }

  async moveBy(dx: number, dy: number): Promise<void> {
    this.#guard('pointer-relative');
    await this.#send([
      { type: 'rel', data: { axis: 'x', value: Math.round(dx) } },
      { type: 'rel', data: { axis: 'y', value: Math.round(dy) } },
    ]);
  }

  async button(button: 'left' | 'middle' | 'right', pressed: boolean): Promise<void> {
    this.#guard('pointer-relative');
    await this.#send([{ type: 'btn', data: { down: pressed, button } }]);
  }

  async wheel(notches: number): Promise<void> {
    this.#guard('pointer-relative');
    const button = notches > 0 ? 'wheel-up' : 'wheel-down';
    for (let done = 0; done < Math.abs(Math.trunc(notches)); done++) {
      for (const down of [true, false]) await this.#send([{ type: 'btn', data: { down, button } }]);
    }
  }
}

export class QemuTouch implements Touch {
  readonly #send: SendInput;
  readonly #guard: Guard;
  /** Slot → tracking id of the finger that is down there. */
  readonly #fingers = new Map<number, number>();
  #nextTrackingId = 1;

  constructor(send: SendInput, guard: Guard) {
    this.#send = send;
    this.#guard = guard;
  }

  async down(slot: number, x: number, y: number): Promise<void> {
    this.#guard('touch');
    if (this.#fingers.has(slot)) throw new LabError(`finger ${slot} is down already`);
    const trackingId = this.#nextTrackingId++;
    this.#fingers.set(slot, trackingId);
    await this.#send([touchEvent('begin', slot, trackingId), ...position(slot, trackingId, x, y)]);
  }

  async move(slot: number, x: number, y: number): Promise<void> {
    this.#guard('touch');
    const trackingId = this.#finger(slot);
    await this.#send([touchEvent('update', slot, trackingId), ...position(slot, trackingId, x, y)]);
  }

  async up(slot: number): Promise<void> {
    this.#guard('touch');
    const trackingId = this.#finger(slot);
    this.#fingers.delete(slot);
    await this.#send([touchEvent('end', slot, trackingId)]);
  }

  #finger(slot: number): number {
    const trackingId = this.#fingers.get(slot);
    if (trackingId === undefined) throw new LabError(`finger ${slot} is not down`);
    return trackingId;
  }
}

function absolute(fraction: number): number {
  if (!(fraction >= 0 && fraction <= 1)) throw new LabError(`${fraction} is outside the screen, which is 0 to 1`);
  return Math.round(fraction * absoluteMaximum);
}

type MultiTouch = Extract<InputEvent, { type: 'mtt' }>['data'];

/** The axis and value are ignored for all types but `data` (qapi/ui.json, InputMultiTouchEvent). */
const touchEvent = (type: MultiTouch['type'], slot: number, id: number): InputEvent => ({
  type: 'mtt',
  data: { type, slot, 'tracking-id': id, axis: 'x', value: 0 },
});

const position = (slot: number, id: number, x: number, y: number): InputEvent[] =>
  (['x', 'y'] as const).map((axis) => ({
    type: 'mtt',
    data: { type: 'data', slot, 'tracking-id': id, axis, value: absolute(axis === 'x' ? x : y) },
  }));
