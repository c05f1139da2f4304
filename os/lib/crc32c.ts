/** CRC-32C (Castagnoli, RFC 3720, appendix B.4), reflected, polynomial 0x82f63b78. The table is made at first use. */
let table: Uint32Array | undefined;

const makeTable = (): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });

/** The checksum register after `bytes`, starting from `seed`; not inverted at the end, as ext4 stores it. */
export function crc32c(bytes: Uint8Array, seed = 0xffffffff): number {
  table ??= makeTable();
  let register = seed;
  for (const byte of bytes) register = (table[(register ^ byte) & 0xff] as number) ^ (register >>> 8);
  return register >>> 0;
}
