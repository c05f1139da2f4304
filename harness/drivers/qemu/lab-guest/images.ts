import { Assembler } from './assembler.ts';
import { labGuestProgram } from './program.ts';

const sector = 512;
/** Where the boot sector puts the program: behind itself. */
const programSegment = 0x7e0;

/**
 * A raw disk whose boot sector loads the lab guest from the sectors behind it, in one BIOS call.
 * @param size bytes, a multiple of 512
 */
export function labGuestDisk(size = 1024 * 1024): Buffer {
  const program = labGuestProgram();
  const sectors = Math.ceil(program.length / sector);
  const boot = new Assembler()
    .bytes(0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c) // cli; ds = ss = 0; sp = 0x7c00
    .bytes(0xbe, 0x40, 0x7c, 0xb4, 0x42, 0xcd, 0x13) // si = packet; ah = 0x42; dl is the firmware's; int 0x13
    .bytes(0xea, 0x00, 0x00, programSegment & 0xff, programSegment >> 8) // jmp segment:0
    .padTo(0x40)
    .bytes(0x10, 0, sectors, 0, 0, 0, programSegment & 0xff, programSegment >> 8, 1, 0, 0, 0, 0, 0, 0, 0)
    .padTo(510)
    .bytes(0x55, 0xaa)
    .assemble();
  const disk = Buffer.alloc(size);
  boot.copy(disk);
  program.copy(disk, sector);
  return disk;
}

/** The lab guest as a "kernel" for direct boot: one boot sector with the header's start, the program as its setup code. */
export function labGuestKernel(): Buffer {
  const program = labGuestProgram();
  const setupSectors = Math.ceil(program.length / sector);
  const kernel = Buffer.alloc((1 + setupSectors) * sector + 4096);
  program.copy(kernel, sector);
  // Linux boot protocol 2.04: setup_sects, boot_flag, magic, version, loadflags (LOADED_HIGH).
  kernel[0x1f1] = setupSectors;
  kernel.writeUInt16LE(0xaa55, 0x1fe);
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x0204, 0x206);
  kernel[0x211] = 1;
  return kernel;
}
