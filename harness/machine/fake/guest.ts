import type { Picture } from '../png.ts';

/** What a scripted guest finds around it: the machine it runs on. */
export interface Surroundings {
  /** Sends text over the serial line. */
  print(text: string): void;
  /** Shows a picture. */
  show(picture: Picture): void;
  powerOff(): void;
  reset(): void;
  /** Survives power cuts and goes into saved states. */
  readonly disk: Map<string, string>;
  readonly provisioning: Readonly<Record<string, string>>;
  /** Undefined unless the machine was given a kernel. */
  readonly commandLine: string | undefined;
}

/** What happens to a pointer, in the terms of the contract. */
export type PointerAction =
  | { readonly kind: 'moveTo' | 'moveBy'; readonly x: number; readonly y: number }
  | { readonly kind: 'button'; readonly button: 'left' | 'middle' | 'right'; readonly pressed: boolean }
  | { readonly kind: 'wheel'; readonly notches: number };

/** A guest in TypeScript. It is made anew at each power-on and reset; what it does not implement has no effect. */
export interface FakeGuest {
  /** The processor starts. */
  boot(): void;
  /** A character came over the serial line. */
  receive(character: string): void;
  key?(code: string, pressed: boolean): void;
  pointer?(action: PointerAction): void;
  powerButton?(): void;
  /** What a saved state must keep of the memory, as JSON. */
  save?(): unknown;
  /** Goes on from a saved memory, instead of {@link boot}. */
  resume?(memory: unknown): void;
}

export type MakeGuest = (surroundings: Surroundings) => FakeGuest;
