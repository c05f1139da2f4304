/** What the dynamic loader will look for: read from an ELF file (System V ABI, AMD64 supplement; elf.h). */

const elf = { magic: 0x464c_457f, class64: 2, littleEndian: 1 } as const;
const segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { needed: 1, stringTable: 5 } as const;

export interface DynamicNeeds {
  /** The program's dynamic loader (PT_INTERP); undefined in a library. */
  readonly interpreter: string | undefined;
  /** Names of the libraries it links to (DT_NEEDED). */
  readonly libraries: readonly string[];
}

/** @throws RangeError when `file` is not a whole 64-bit little-endian ELF file. */
export function dynamicNeeds(file: Buffer): DynamicNeeds {
  if (file.readUInt32LE(0) !== elf.magic || file[4] !== elf.class64 || file[5] !== elf.littleEndian) {
    throw new RangeError('not a 64-bit little-endian ELF file');
  }
  const number = (offset: number): number => Number(file.readBigUInt64LE(offset));
  const text = (offset: number): string => file.toString('latin1', offset, file.indexOf(0, offset));

  const headers = Array.from({ length: file.readUInt16LE(56) }, (_, index) => {
    const at = number(32) + index * file.readUInt16LE(54);
    return { type: file.readUInt32LE(at), offset: number(at + 8), address: number(at + 16), size: number(at + 32) };
  });
  const offsetOf = (address: number): number => {
    const home = headers.find(
      ({ type, address: start, size }) => type === segment.load && address >= start && address < start + size,
    );
    if (!home) throw new RangeError(`address ${address.toString(16)} is in no segment of the file`);
    return address - home.address + home.offset;
  };

  const interpreter = headers.find(({ type }) => type === segment.interpreter);
  const dynamic = headers.find(({ type }) => type === segment.dynamic);
  const entries: { tag: number; value: number }[] = [];
  for (let at = dynamic?.offset ?? 0; dynamic && at < dynamic.offset + dynamic.size; at += 16) {
    entries.push({ tag: number(at), value: number(at + 8) });
  }
  const strings = entries.find((entry) => entry.tag === tag.stringTable);
  return {
    interpreter: interpreter && text(interpreter.offset),
    libraries: strings
      ? entries.filter((entry) => entry.tag === tag.needed).map(({ value }) => text(offsetOf(strings.value) + value))
      : [],
  };
}
