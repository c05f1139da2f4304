/** A file in an archive. `time` in whole seconds; the rest of its data is the same for all: mode 0644, root. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly time: Date;
}

const block = 512;

/** The largest file that eleven octal digits can tell. */
const largest = 8 ** 11 - 1;

/**
 * The header block of a file in ustar format (POSIX.1-2017, pax, "ustar Interchange Format").
 * @throws Error for names over 100 bytes and files over 8 GiB, which ustar cannot hold in this simple form.
 */
export function tarHeader({ name, size, time }: TarEntry): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`the name ${name} is too long for a tar archive`);
  if (size > largest) throw new Error(`${name} is too large for a tar archive`);
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at);
  header.write(name, 0);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(time.getTime() / 1000), 136, 11);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  octal(0, 329, 7);
  octal(0, 337, 7);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** The zero bytes that fill up a file's last block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** The two empty blocks that end an archive. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * block);
