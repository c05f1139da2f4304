/**
 * Where QEMU is on this machine. Injected, because the driver does not care whether QEMU came from the distribution or
 * from an unpacked folder.
 */
export interface QemuTools {
  /** Words that start `qemu-system-x86_64`; its options are appended. */
  readonly command: readonly string[];
  /** Words that start `qemu-img`. */
  readonly image: readonly string[];
  /** Firmware for profiles that ask for UEFI: code, and the template of the variable store. */
  readonly firmware: { readonly uefiCode: string; readonly uefiVars: string };
  /** Folders with option ROMs and BIOS images (`-L`), most important first; empty for QEMU's own. */
  readonly dataDirectories: readonly string[];
  /** Added to the environment of both programs, for example `QEMU_MODULE_DIR`. */
  readonly environment?: Readonly<Record<string, string>>;
}
