import { Assembler } from './assembler.ts';

/**
 * A guest of a few hundred bytes that speaks the contract suite's language (`harness/machine/contract.cases.ts`) over the
 * first serial port, in real mode, with the BIOS for disk and screen. It runs from any segment at offset 0, with CS = DS.
 *
 * Its first bytes leave room for the header of the Linux boot protocol (Documentation/arch/x86/boot.rst), so the same
 * program is a boot sector's second stage and a "kernel" for QEMU's `-kernel`.
 */
const com1 = { data: 0x3f8, lineStatus: 0x3fd };
/** PM1 event and control blocks as both firmware give them on q35 and i440fx (SeaBIOS, src/config.h: PORT_ACPI_PM_BASE 0x600). */
const acpi = { status: 0x600, enable: 0x602, control: 0x604 };
const firmwareConfiguration = { selector: 0x510, data: 0x511, directory: 0x19 };
const commandLinePointer = 0x28;

/** The suite's provisioning key; the guest looks for exactly this file. */
const provisioningFile = 'opt/org.panos/greeting';

/** Sector in which `W` keeps the counter; beyond the program. */
const counterSector = 64;

export function labGuestProgram(): Buffer {
  const a = new Assembler();
  a.bytes(0xeb, 0x7e).padTo(0x80); // jmp short 0x80: the header begins at byte 2
  start(a);
  mainLoop(a);
  commands(a);
  provisioning(a);
  subroutines(a);
  data(a);
  return a.assemble();
}

function start(a: Assembler): void {
  a.label('start');
  a.bytes(0xfa, 0xfc); // cli; cld
  a.bytes(0x8c, 0xc8, 0x8e, 0xd8, 0x8e, 0xc0); // ds = es = cs
  a.bytes(0x31, 0xc0, 0x8e, 0xd0, 0xbc, 0x00, 0x7c); // ss:sp = 0:0x7c00
  // Ask for the power button's status bit: without PWRBTN_EN the chipset does not record the press.
  a.port(acpi.enable).bytes(0xb8, 0x00, 0x01, 0xef); // out dx, 0x0100
  a.siTo('banner').call('print');
  // ds:si = the command line, a linear address below 1 MiB, when a kernel loader put one there.
  a.bytes(0x66, 0xa1, commandLinePointer, 0x00); // mov eax, [0x28]
  a.bytes(0x66, 0x85, 0xc0).jz('no-command-line'); // test eax, eax
  a.bytes(0x89, 0xc6, 0x83, 0xe6, 0x0f); // mov si, ax; and si, 15
  a.bytes(0x66, 0xc1, 0xe8, 0x04, 0x8e, 0xd8); // shr eax, 4; mov ds, ax
  a.call('print');
  a.bytes(0x8c, 0xc8, 0x8e, 0xd8); // ds = cs
  a.siTo('line-end').call('print');
  a.label('no-command-line');
}

function mainLoop(a: Assembler): void {
  a.label('main');
  a.port(acpi.status).bytes(0xed, 0xf6, 0xc4, 0x01).jz('no-button'); // in ax, dx; test ah, 1
  a.siTo('button').call('print').jmp('power-off');
  a.label('no-button');
  // Keyboard data waits: status bit 0, and bit 5 clear (bit 5: it is the mouse's).
  a.bytes(0xe4, 0x64, 0xa8, 0x01).jz('no-key'); // in al, 0x64; test al, 1
  a.bytes(0x88, 0xc4, 0xe4, 0x60, 0xf6, 0xc4, 0x20); // mov ah, al; in al, 0x60; test ah, 0x20
  a.jnz('mouse');
  a.bytes(0x50).siTo('key').call('print').bytes(0x58).call('print-hex-line').jmp('no-key'); // push ax … pop ax
  a.label('mouse');
  a.bytes(0x50).siTo('mouse-text').call('print').bytes(0x58).call('print-hex-line');
  a.label('no-key');
  a.port(com1.lineStatus).bytes(0xec, 0xa8, 0x01).jz('main'); // in al, dx; test al, 1
  a.port(com1.data).bytes(0xec); // in al, dx
  a.call('put');
}

const commandLetters = 'CWLRFSHMP';

function commands(a: Assembler): void {
  for (const letter of commandLetters) a.bytes(0x3c, letter.charCodeAt(0)).jz(letter); // cmp al, letter
  a.jmp('main');

  a.label('C'); // count: memory that changes
  a.diTo('counter').bytes(0xfe, 0x05); // inc byte [di]
  a.label('print-counter');
  a.siTo('count').call('print').diTo('counter').bytes(0x8a, 0x05).call('print-hex-line').jmp('main');

  a.label('W'); // write the counter to the disk
  a.bytes(0xb8, 0x00, 0x43).call('disk'); // ah = 0x43, al = 0: without verifying
  a.siTo('written').call('print').jmp('main');

  a.label('L'); // load the counter from the disk
  a.bytes(0xb4, 0x42).call('disk').jmp('print-counter'); // ah = 0x42

  a.label('R'); // reset, by the chipset's reset control register
  a.port(0xcf9).bytes(0xb0, 0x06, 0xee).jmp('main');

  a.label('S'); // a picture: mode 0x13, each pixel its own offset
  a.bytes(0xb8, 0x13, 0x00, 0xcd, 0x10, 0x06); // mov ax, 0x13; int 0x10; push es
  a.bytes(0xb8, 0x00, 0xa0, 0x8e, 0xc0, 0x31, 0xff); // es = 0xa000; di = 0
  a.bytes(0xb9, 0x00, 0xfa); // mov cx, 64000
  a.label('pixel').bytes(0x89, 0xf8, 0xaa, 0x49).jnz('pixel'); // mov ax, di; stosb; dec cx
  a.bytes(0x07, 0xfa).siTo('drawn').call('print').jmp('main'); // pop es; cli

  a.label('H'); // what a Linux kernel says last
  a.siTo('panic').call('print').jmp('main');

  a.label('M'); // switch the PS/2 mouse on: it reports from now on
  a.bytes(0xb0, 0xa8, 0xe6, 0x64, 0xb0, 0xd4, 0xe6, 0x64, 0xb0, 0xf4, 0xe6, 0x60).jmp('main');

  a.label('P');
  a.label('power-off'); // soft-off: SLP_EN with SLP_TYP 0
  a.port(acpi.control).bytes(0xb8, 0x00, 0x20, 0xef, 0xf4).jmp('main');
}

/** `F`: walks the directory of fw_cfg (QEMU, docs/specs/fw_cfg.rst) and prints the suite's file. */
function provisioning(a: Assembler): void {
  a.label('F');
  a.bytes(0xb8, firmwareConfiguration.directory, 0).call('select');
  a.call('next').call('next').call('next').bytes(0x88, 0xc5).call('next').bytes(0x88, 0xc1); // ch, cl = count, low half
  a.label('entry');
  a.diTo('entry-buffer').bytes(0xbb, 0x40, 0x00); // bx = 64 bytes an entry
  a.label('entry-byte').call('next').bytes(0xaa, 0x4b).jnz('entry-byte'); // stosb; dec bx
  a.bytes(0x51).siTo('entry-name').diTo('wanted-name'); // push cx
  a.bytes(0xb9, provisioningFile.length + 1, 0x00, 0xf3, 0xa6, 0x59).jz('found'); // repe cmpsb; pop cx
  a.bytes(0x49).jnz('entry'); // dec cx
  a.siTo('nothing').call('print').jmp('main');
  a.label('found');
  a.siTo('given').call('print').siTo('entry-buffer');
  a.bytes(0x8b, 0x4c, 0x02, 0x86, 0xcd); // mov cx, [si+2]; xchg cl, ch
  a.bytes(0x8b, 0x44, 0x04, 0x86, 0xc4).call('select'); // mov ax, [si+4]; xchg al, ah
  a.label('value').call('next').call('put').bytes(0x49).jnz('value');
  a.siTo('line-end').call('print').jmp('main');
}

function subroutines(a: Assembler): void {
  a.label('select').port(firmwareConfiguration.selector).bytes(0xef, 0xc3); // out dx, ax
  a.label('next').port(firmwareConfiguration.data).bytes(0xec, 0xc3); // in al, dx

  // put: al to the serial port, when its transmitter is free. Keeps ax.
  a.label('put').bytes(0x50).port(com1.lineStatus);
  a.label('busy').bytes(0xec, 0xa8, 0x20).jz('busy'); // in al, dx; test al, 0x20
  a.bytes(0x58).port(com1.data).bytes(0xee, 0xc3); // pop ax; out dx, al; ret

  a.label('print').bytes(0xac, 0x84, 0xc0).jz('printed').call('put').jmp('print'); // lodsb; test al, al
  a.label('printed').bytes(0xc3);

  a.label('print-hex-line').bytes(0x50, 0xc0, 0xe8, 0x04).call('digit').bytes(0x58, 0x24, 0x0f).call('digit'); // shr al, 4
  a.siTo('line-end').jmp('print');
  // digit: the classic cmp al, 10; sbb al, 0x69; das.
  a.label('digit').bytes(0x3c, 0x0a, 0x1c, 0x69, 0x2f).jmp('put');

  // disk: BIOS function ah (0x42 read, 0x43 write) on the sector of the first hard disk whose first byte is the counter.
  a.label('disk').siTo('packet').bytes(0x8c, 0x5c, 0x06); // mov [si+6], ds
  a.bytes(0xb2, 0x80, 0xcd, 0x13, 0xfa, 0xc3); // dl = 0x80; int 0x13; cli; ret
}

function data(a: Assembler): void {
  a.label('banner').text('lab guest: ready\r\n');
  a.label('line-end').text('\r\n');
  a.label('button').text('power button\r\n');
  a.label('key').text('key ');
  a.label('mouse-text').text('mouse ');
  a.label('count').text('count ');
  a.label('written').text('written\r\n');
  a.label('drawn').text('drawn\r\n');
  a.label('panic').text('Kernel panic - not syncing: as asked\r\n');
  a.label('given').text('given ');
  a.label('nothing').text('given nothing\r\n');
  a.label('wanted-name').text(provisioningFile);
  // Disk address packet (Phoenix Enhanced Disk Drive Specification 3.0): size, count, buffer, sector.
  a.label('packet').bytes(0x10, 0, 1, 0).offsetOf('counter').bytes(0, 0, counterSector, 0, 0, 0, 0, 0, 0, 0);
  a.label('entry-buffer').bytes(...new Uint8Array(8));
  a.label('entry-name').bytes(...new Uint8Array(56));
  a.label('counter').bytes(...new Uint8Array(512));
}
