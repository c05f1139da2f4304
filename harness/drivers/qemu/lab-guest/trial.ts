import { Assembler } from './assembler.ts';

/** What the trial guest prints on the first serial port when it has run. */
export const trialWords = 'trial passed';

/**
 * A boot sector that proves an accelerator: firmware has run, the timer interrupt arrives five times (a quarter of a
 * second), and then a port is written. A guest under a KVM that cannot run guests gets to none of it.
 */
export function trialDisk(): Buffer {
  const sector = new Assembler()
    .bytes(0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0xfc, 0xfb) // ds = ss = 0; sp = 0x7c00; cld; sti
    .bytes(0x8b, 0x1e, 0x6c, 0x04, 0x83, 0xc3, 0x05) // mov bx, [0x46c]; add bx, 5: the BIOS's count of ticks
    .label('wait')
    .bytes(0xf4, 0x39, 0x1e, 0x6c, 0x04) // hlt; cmp [0x46c], bx
    .jb('wait')
    .bytes(0xbe, 0x40, 0x7c) // mov si, 0x7c40
    .port(0x3f8)
    .label('next')
    .bytes(0xac, 0x84, 0xc0) // lodsb; test al, al
    .jz('end')
    .bytes(0xee) // out dx, al
    .jmp('next')
    .label('end')
    .bytes(0xf4)
    .jmp('end')
    .padTo(0x40)
    .text(trialWords)
    .padTo(510)
    .bytes(0x55, 0xaa)
    .assemble();
  // A disk without a whole cylinder is not bootable everywhere.
  return Buffer.concat([sector], 1024 * 1024);
}
