/** Values of socket options. */

/** An `int`. */
export const intOption = (value: number): ArrayBuffer => Int32Array.of(value).buffer;
