import type { FakeGuest, PointerAction, Surroundings } from './guest.ts';

/** Scan codes of set 1 for the keys that the contract suite presses. */
const scanCodes: Readonly<Record<string, number>> = { KeyA: 0x1e, KeyB: 0x30, ShiftLeft: 0x2a };

const hex = (byte: number): string => (byte & 0xff).toString(16).toUpperCase().padStart(2, '0');

/** The lab guest of the contract suite (see `contract.cases.ts`) for fake machines. */
export class LabGuest implements FakeGuest {
  readonly #around: Surroundings;
  #counter = 0;
  #pointerReports = false;
  #buttons = 0;

  constructor(surroundings: Surroundings) {
    this.#around = surroundings;
  }

  boot(): void {
    this.#around.print('lab guest: ready\r\n');
    if (this.#around.commandLine !== undefined) this.#around.print(`${this.#around.commandLine}\r\n`);
  }

  receive(character: string): void {
    this.#around.print(character);
    if (Object.hasOwn(this.#commands, character)) this.#commands[character]?.();
  }

  key(code: string, pressed: boolean): void {
    this.#around.print(`key ${hex((scanCodes[code] ?? 0) + (pressed ? 0 : 0x80))}\r\n`);
  }

  pointer(action: PointerAction): void {
    if (!this.#pointerReports || action.kind === 'moveTo' || action.kind === 'wheel') return;
    if (action.kind === 'button') {
      const bit = { left: 1, right: 2, middle: 4 }[action.button];
      this.#buttons = action.pressed ? this.#buttons | bit : this.#buttons & ~bit;
    }
    // A PS/2 packet: bit 3 is always set.
    const packet = action.kind === 'moveBy' ? [8 | this.#buttons, action.x, action.y] : [8 | this.#buttons, 0, 0];
    for (const byte of packet) this.#around.print(`mouse ${hex(byte)}\r\n`);
  }

  powerButton(): void {
    this.#around.print('power button\r\n');
    this.#around.powerOff();
  }

  save = (): unknown => this.#counter;

  resume(memory: unknown): void {
    this.#counter = Number(memory);
  }

  readonly #commands: Readonly<Record<string, () => void>> = {
    C: () => {
      this.#counter++;
      this.#printCounter();
    },
    W: () => {
      this.#around.disk.set('counter', String(this.#counter));
      this.#around.print('written\r\n');
    },
    L: () => {
      this.#counter = Number(this.#around.disk.get('counter') ?? 0);
      this.#printCounter();
    },
    R: () => this.#around.reset(),
    P: () => this.#around.powerOff(),
    S: () => {
      const rgb = Uint8Array.from({ length: 320 * 200 * 3 }, (_, index) => index);
      this.#around.show({ width: 320, height: 200, rgb });
      this.#around.print('drawn\r\n');
    },
    H: () => this.#around.print('Kernel panic - not syncing: as asked\r\n'),
    F: () => this.#around.print(`given ${this.#around.provisioning['greeting'] ?? 'nothing'}\r\n`),
    M: () => {
      this.#pointerReports = true;
      this.#around.print('mouse FA\r\n');
    },
  };

  #printCounter(): void {
    this.#around.print(`count ${hex(this.#counter)}\r\n`);
  }
}
