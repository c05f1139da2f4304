/**
 * The BIOS start of the disk, as machine code: a boot sector that reads the loader, and a loader that reads the kernel
 * and enters it by the Linux/x86 boot protocol (Documentation/arch/x86/boot.rst, version 2.02 and later).
 *
 * It stands where GRUB would: measured in docs/decisions/002-bios-loader.md. It reads the kernel that lies on the ESP
 * for UEFI firmware, by its place on the disk, which the image builder knows.
 */
import { Assembler } from './assembler.ts';

const sectorSize = 512;

/** Physical addresses. The real-mode kernel, its heap and command line share one 64 KiB segment. */
const address = {
  bootSector: 0x7c00,
  loader: 0x8000,
  setup: 0x1_0000,
  buffer: 0x2_0000,
  kernel: 0x10_0000,
} as const;
const setupSegment = address.setup >> 4;
const bufferSegment = address.buffer >> 4;
/** Within the segment of the real-mode kernel. */
const stackTop = 0xe000;
const commandLineOffset = 0xe000;

/** Sectors of the real-mode kernel at most: 64, setup header included (boot protocol, `setup_sects`). */
const setupSectorsRead = 64;
/** Sectors a read: as much as one segment holds, and what every BIOS takes (EDD 3.0 allows 127). */
const chunkSectors = 127;

/** Offsets in the setup header (boot protocol, "The Real-Mode Kernel Header"). */
const header = {
  setupSectors: 0x1f1,
  magic: 0x202,
  loaderType: 0x210,
  loadFlags: 0x211,
  heapEnd: 0x224,
  commandLine: 0x228,
} as const;

/** A disk address packet for INT 13h, function 42h (EDD 3.0). */
function diskAddressPacket(code: Assembler, sectors: number, segment: number, offset: number, sector: number): void {
  code.label('packet').emit(0x10, 0x00);
  code.label('packet.sectors').word(sectors);
  code.word(offset);
  code.label('packet.segment').word(segment);
  code.label('packet.sector').double(sector).double(0);
}

/** `show`: prints the text at SI by INT 10h and halts. */
function showAndHalt(code: Assembler): void {
  code.label('show').emit(0xac); //         lodsb
  code.emit(0x84, 0xc0); //                 test al, al
  code.emit(0x74).near('halt'); //          jz halt
  code.emit(0xb4, 0x0e); //                 mov ah, 0eh (teletype)
  code.emit(0xbb).word(0x0007); //          mov bx, 7
  code.emit(0xcd, 0x10); //                 int 10h
  code.emit(0xeb).near('show'); //          jmp show
  code.label('halt').emit(0xf4); //         hlt
  code.emit(0xeb).near('halt'); //          jmp halt
}

/** A place to jump to that ends the start with a message. */
function failure(code: Assembler, label: string, message: string): void {
  code.label(label).emit(0xbe).address(`${label}.text`); // mov si, text
  code.emit(0xe9).far('show'); //                           jmp show
  code.label(`${label}.text`).text(`panos: ${message}\r\n`);
}

/**
 * The first sector's code, at most 440 bytes.
 * @param loaderSector where the loader lies on the disk
 * @param loaderSectors its length
 */
export function bootSectorCode(loaderSector: number, loaderSectors: number): Buffer {
  const code = new Assembler(address.bootSector);
  code.emit(0xfa); //                                    cli
  code.emit(0x31, 0xc0); //                              xor ax, ax
  code.emit(0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0); //      mov ds, ax; mov es, ax; mov ss, ax
  code.emit(0xbc).word(address.bootSector); //           mov sp, 7c00h
  code.emit(0xfb, 0xfc); //                              sti; cld
  code.emit(0xea).address('start').word(0); //           jmp 0:start
  code.label('start').emit(0xb4, 0x42); //               mov ah, 42h (extended read; the BIOS left the drive in dl)
  code.emit(0xbe).address('packet'); //                  mov si, packet
  code.emit(0xcd, 0x13); //                              int 13h
  code.emit(0x72).near('unreadable'); //                 jc unreadable
  code.emit(0xea).word(address.loader).word(0); //       jmp 0:loader
  failure(code, 'unreadable', 'the BIOS cannot read the loader from this disk');
  showAndHalt(code);
  diskAddressPacket(code, loaderSectors, 0, address.loader, loaderSector);
  const bytes = code.assemble();
  if (bytes.length > 440) throw new RangeError(`the boot sector's code has ${bytes.length} bytes, 440 fit`);
  return bytes;
}

export interface KernelPlace {
  /** First sector of the kernel file on the disk. */
  readonly sector: number;
  /** Its length in bytes. */
  readonly size: number;
}

/** Reads the first part of the kernel, and notes where the rest is. */
function readSetup(code: Assembler, sectors: number): void {
  code.emit(0xe8).far('read'); //                                                call read
  code.emit(0xb8).word(setupSegment).emit(0x8e, 0xc0); //                        mov es, setup segment
  code.emit(0x66, 0x26, 0x81, 0x3e).word(header.magic).double(0x5372_6448); //   cmp dword es:[magic], "HdrS"
  code.emit(0x0f, 0x85).far('no-kernel'); //                                     jne no-kernel
  code.emit(0x66, 0x26, 0x0f, 0xb6, 0x0e).word(header.setupSectors); //          movzx ecx, byte es:[setup sectors]
  code.emit(0x66, 0x41); //                                                      inc ecx
  code.emit(0x66, 0xba).double(sectors); //                                      mov edx, sectors
  code.emit(0x66, 0x29, 0xca); //                                                sub edx, ecx
  code.emit(0x66, 0x89, 0x16).address('remaining'); //                           mov [remaining], edx
  code.emit(0x66, 0x01, 0x0e).address('packet.sector'); //                       add [packet.sector], ecx
  code.emit(0xc7, 0x06).address('packet.segment').word(bufferSegment); //        mov [packet.segment], buffer
}

/** Reads the protected-mode kernel chunk by chunk and copies it to 1 MiB and up. */
function readKernel(code: Assembler): void {
  code.label('next-chunk').emit(0x66, 0xa1).address('remaining'); //             mov eax, [remaining]
  code.emit(0x66, 0x85, 0xc0); //                                                test eax, eax
  code.emit(0x74).near('loaded'); //                                             jz loaded
  code.emit(0x66, 0x83, 0xf8, chunkSectors); //                                  cmp eax, chunk
  code.emit(0x76).near('fits'); //                                               jbe fits
  code.emit(0x66, 0xb8).double(chunkSectors); //                                 mov eax, chunk
  code.label('fits').emit(0xa3).address('packet.sectors'); //                    mov [packet.sectors], ax
  code.emit(0x66, 0x29, 0x06).address('remaining'); //                           sub [remaining], eax
  code.emit(0x66, 0x50); //                                                      push eax
  code.emit(0xe8).far('read'); //                                                call read
  code.emit(0x66, 0x59); //                                                      pop ecx
  code.emit(0x66, 0x01, 0x0e).address('packet.sector'); //                       add [packet.sector], ecx
  code.emit(0x66, 0xc1, 0xe1, 7); //                                             shl ecx, 7 (sectors to double words)
  code.emit(0xe8).far('flat'); //                                                call flat
  code.emit(0x66, 0xbe).double(address.buffer); //                               mov esi, buffer
  code.emit(0x66, 0x8b, 0x3e).address('destination'); //                         mov edi, [destination]
  code.emit(0xf3, 0x66, 0x67, 0xa5); //                                          rep movsd, 32-bit addresses
  code.emit(0x66, 0x89, 0x3e).address('destination'); //                         mov [destination], edi
  code.emit(0xfb); //                                                            sti
  code.emit(0xeb).near('next-chunk'); //                                         jmp next-chunk
  code.label('loaded');
}

/** Fills in what the boot protocol asks of a loader, and goes. */
function enterKernel(code: Assembler): void {
  code.emit(0xb8).word(setupSegment).emit(0x8e, 0xc0); //                        mov es, setup segment
  code.emit(0x26, 0xc6, 0x06).word(header.loaderType).emit(0xff); //             type: undefined loader
  code.emit(0x26, 0x80, 0x0e).word(header.loadFlags).emit(0x80); //              flags: the heap may be used
  code
    .emit(0x26, 0xc7, 0x06)
    .word(header.heapEnd)
    .word(stackTop - 0x200); //    its end
  code.emit(0x66, 0x26, 0xc7, 0x06).word(header.commandLine); //                 the command line's address
  code.double(address.setup + commandLineOffset);
  code.emit(0x26, 0xc6, 0x06).word(commandLineOffset).emit(0); //                an empty one
  code.emit(0xb4, 0x02, 0xcd, 0x16); //                                          mov ah, 2; int 16h (Shift state)
  code.emit(0xa8, 0x03); //                                                      test al, 3
  code.emit(0x74).near('enter'); //                                              jz enter
  code.emit(0xbe).address('words'); //                                           mov si, words
  code.emit(0xbf).word(commandLineOffset); //                                    mov di, command line
  code.label('copy').emit(0xac, 0xaa, 0x84, 0xc0); //                            lodsb; stosb; test al, al
  code.emit(0x75).near('copy'); //                                               jnz copy
  code.label('enter').emit(0xfa); //                                             cli
  code.emit(0x8c, 0xc0, 0x8e, 0xd8, 0x8e, 0xe0, 0x8e, 0xe8, 0x8e, 0xd0); //      ds = fs = gs = ss = es
  code.emit(0xbc).word(stackTop); //                                             mov sp, top
  code
    .emit(0xea)
    .word(0)
    .word(setupSegment + 0x20); //                          jmp setup + 200h
}

/** `read`: the packet's sectors. `flat`: 4 GiB limits for DS and ES at base 0, interrupts off ("unreal mode"). */
function subroutines(code: Assembler): void {
  code.label('read').emit(0xb4, 0x42); //             mov ah, 42h
  code.emit(0x8a, 0x16).address('drive'); //          mov dl, [drive]
  code.emit(0xbe).address('packet'); //               mov si, packet
  code.emit(0xcd, 0x13, 0xfc); //                     int 13h; cld
  code.emit(0x0f, 0x82).far('unreadable'); //         jc unreadable
  code.emit(0xc3); //                                 ret
  code.label('flat').emit(0xfa); //                   cli
  code.emit(0x0f, 0x01, 0x16).address('gdt'); //      lgdt [gdt]
  code.emit(0x0f, 0x20, 0xc0, 0x0c, 0x01); //         mov eax, cr0; or al, 1
  code.emit(0x0f, 0x22, 0xc0, 0xeb, 0x00); //         mov cr0, eax; jmp +0
  code.emit(0xbb).word(8); //                         mov bx, 8
  code.emit(0x8e, 0xdb, 0x8e, 0xc3); //               mov ds, bx; mov es, bx
  code.emit(0x24, 0xfe, 0x0f, 0x22, 0xc0); //         and al, feh; mov cr0, eax
  code.emit(0xeb, 0x00, 0x31, 0xdb); //               jmp +0; xor bx, bx
  code.emit(0x8e, 0xdb, 0x8e, 0xc3); //               mov ds, bx; mov es, bx
  code.emit(0xc3); //                                 ret
}

function data(code: Assembler, kernel: KernelPlace, safeWords: string): void {
  diskAddressPacket(code, setupSectorsRead, setupSegment, 0, kernel.sector);
  code.label('drive').emit(0);
  code.label('remaining').double(0);
  code.label('destination').double(address.kernel);
  code.label('words').text(safeWords);
  code.label('gdt').word(15).address('descriptors').word(0);
  code.label('descriptors').double(0).double(0);
  code.emit(0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf, 0x00); // data, base 0, limit 4 GiB, writable
}

/**
 * The loader, padded to whole sectors.
 * @param safeWords what the kernel's command line gets when a Shift key is held
 */
export function loaderCode(kernel: KernelPlace, safeWords = 'panos.safe'): Buffer {
  const code = new Assembler(address.loader);
  code.emit(0x88, 0x16).address('drive'); //                    mov [drive], dl
  // The A20 line, by the BIOS and by port 92h; both are harmless where it is on already.
  code.emit(0xb8).word(0x2401).emit(0xcd, 0x15); //             mov ax, 2401h; int 15h
  code.emit(0xe4, 0x92, 0x0c, 0x02, 0x24, 0xfe, 0xe6, 0x92); // in al, 92h; or al, 2; and al, feh; out 92h, al
  readSetup(code, Math.ceil(kernel.size / sectorSize));
  readKernel(code);
  enterKernel(code);
  subroutines(code);
  failure(code, 'unreadable', 'the BIOS cannot read the kernel from this disk');
  failure(code, 'no-kernel', 'the kernel was replaced; write the disk image again, or start by UEFI');
  showAndHalt(code);
  data(code, kernel, safeWords);
  const bytes = code.assemble();
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (sectorSize - 1))]);
}
