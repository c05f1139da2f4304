/** Where a jump leads; resolved when the program is assembled. */
type Item =
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'label'; readonly name: string }
  /** A 16-bit displacement relative to the end of the field. */
  | { readonly kind: 'near'; readonly name: string }
  /** A 16-bit offset from the start of the program. */
  | { readonly kind: 'offset'; readonly name: string };

/** Machine code as numbers, with names for places. Just enough for a guest of some hundred bytes. */
export class Assembler {
  readonly #items: Item[] = [];

  bytes(...bytes: readonly number[]): this {
    this.#items.push({ kind: 'bytes', bytes });
    return this;
  }

  label(name: string): this {
    this.#items.push({ kind: 'label', name });
    return this;
  }

  /** `call`, `jmp`, `jz`, `jb`, `jnz` with a 16-bit displacement (Intel SDM volume 2). */
  call = (name: string): this => this.bytes(0xe8).#near(name);
  jmp = (name: string): this => this.bytes(0xe9).#near(name);
  jz = (name: string): this => this.bytes(0x0f, 0x84).#near(name);
  jb = (name: string): this => this.bytes(0x0f, 0x82).#near(name);
  jnz = (name: string): this => this.bytes(0x0f, 0x85).#near(name);

  /** `mov si, label` and `mov di, label`. */
  siTo = (name: string): this => this.bytes(0xbe).#offset(name);
  diTo = (name: string): this => this.bytes(0xbf).#offset(name);

  /** The label's offset itself, as 16 bits of data. */
  offsetOf = (name: string): this => this.#offset(name);

  /** `mov dx, port`. */
  port = (port: number): this => this.bytes(0xba, port & 0xff, port >> 8);

  /** A string that ends with a NUL. */
  text = (text: string): this => this.bytes(...Buffer.from(`${text}\0`, 'latin1'));

  /** Fills with NUL up to `size` from the start; @throws RangeError when the program is longer already. */
  padTo(size: number): this {
    const missing = size - this.#size();
    if (missing < 0) throw new RangeError(`the code is ${-missing} bytes longer than ${size}`);
    return this.bytes(...new Uint8Array(missing));
  }

  assemble(): Buffer {
    const places = new Map<string, number>();
    let at = 0;
    for (const item of this.#items) {
      if (item.kind === 'label') places.set(item.name, at);
      at += sizeOf(item);
    }
    const code = Buffer.alloc(at);
    at = 0;
    for (const item of this.#items) {
      if (item.kind === 'bytes') Buffer.from(item.bytes).copy(code, at);
      at += sizeOf(item);
      if (item.kind !== 'near' && item.kind !== 'offset') continue;
      const target = places.get(item.name);
      if (target === undefined) throw new RangeError(`nothing is labelled ${item.name}`);
      code.writeUInt16LE((item.kind === 'near' ? target - at : target) & 0xffff, at - 2);
    }
    return code;
  }

  #near(name: string): this {
    this.#items.push({ kind: 'near', name });
    return this;
  }

  #offset(name: string): this {
    this.#items.push({ kind: 'offset', name });
    return this;
  }

  #size(): number {
    return this.#items.reduce((sum, item) => sum + sizeOf(item), 0);
  }
}

function sizeOf(item: Item): number {
  if (item.kind === 'bytes') return item.bytes.length;
  return item.kind === 'label' ? 0 : 2;
}
