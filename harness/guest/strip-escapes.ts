/**
 * Control sequences of ECMA-48: CSI (section 5.4), OSC and other strings up to their terminator (8.3.89, or BEL as xterm
 * has it), and the two-byte ones.
 */
const sequences =
  /\u001b(?:\[[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0020-\u002f]+[\u0030-\u007e]|(?![[\]PX^_])[\u0030-\u007e])/g;

/** Text as a person reads it: without escape sequences, and with plain line ends. An unfinished sequence stays. */
export const stripEscapes = (text: string): string => text.replaceAll(sequences, '').replaceAll(/\r+\n/g, '\n');
