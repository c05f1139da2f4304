/** Just enough of an assembler for a boot loader: bytes, labels, and references to labels that are resolved at the end. */
export class Assembler {
  readonly #origin: number;
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #references: { at: number; label: string; kind: 'absolute16' | 'relative8' | 'relative16' }[] = [];

  /** @param origin the address that the first byte is loaded at */
  constructor(origin: number) {
    this.#origin = origin;
  }

  /** The address of the next byte. */
  get here(): number {
    return this.#origin + this.#bytes.length;
  }

  /** Bytes as they are. */
  emit(...bytes: readonly number[]): this {
    this.#bytes.push(...bytes.map((byte) => byte & 0xff));
    return this;
  }

  word(value: number): this {
    return this.emit(value, value >> 8);
  }

  double(value: number): this {
    return this.word(value).word(value >>> 16);
  }

  text(value: string): this {
    return this.emit(...Buffer.from(value, 'latin1'), 0);
  }

  label(name: string): this {
    if (this.#labels.has(name)) throw new Error(`label ${name} stands twice`);
    this.#labels.set(name, this.here);
    return this;
  }

  /** The 16-bit address of a label, plus `offset`. */
  address(label: string): this {
    return this.#reference(label, 'absolute16').word(0);
  }

  /** The distance to a label from behind this byte, as short jumps have it. */
  near(label: string): this {
    return this.#reference(label, 'relative8').emit(0);
  }

  /** The distance to a label from behind this word, as `call` and near jumps have it. */
  far(label: string): this {
    return this.#reference(label, 'relative16').word(0);
  }

  #reference(label: string, kind: 'absolute16' | 'relative8' | 'relative16'): this {
    this.#references.push({ at: this.#bytes.length, label, kind });
    return this;
  }

  /**
   * The finished code.
   * @throws Error for an unknown label or a short jump that does not reach
   */
  assemble(): Buffer {
    const code = Buffer.from(this.#bytes);
    for (const { at, label, kind } of this.#references) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new Error(`no label ${label}`);
      if (kind === 'absolute16') code.writeUInt16LE(target, at);
      else if (kind === 'relative16') code.writeUInt16LE((target - (this.#origin + at + 2)) & 0xffff, at);
      else code.writeInt8(target - (this.#origin + at + 1), at);
    }
    return code;
  }
}
