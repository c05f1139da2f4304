import { closeSync, constants, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { EV_KEY, inputEvent, KEY_DOWN, KEY_POWER } from '../../syscall/abi/input.ts';
import type { Kernel } from '../../syscall/kernel.ts';
import type { Logger } from '../log/journal.ts';

/** Whether `bytes`, whole `struct input_event`s, hold a press of the power key. */
export function holdsPowerPress(bytes: Buffer): boolean {
  for (let at = 0; at + inputEvent.size <= bytes.length; at += inputEvent.size) {
    const key = bytes.readUInt16LE(at + inputEvent.type) === EV_KEY;
    const power = bytes.readUInt16LE(at + inputEvent.code) === KEY_POWER;
    if (key && power && bytes.readInt32LE(at + inputEvent.value) === KEY_DOWN) return true;
  }
  return false;
}

/** Event devices (`event3`) whose name says that they are power buttons. */
function powerButtons(): readonly string[] {
  const inputs = '/sys/class/input';
  return readdirSync(inputs).filter((entry) => {
    if (!entry.startsWith('event')) return false;
    try {
      return readFileSync(`${inputs}/${entry}/device/name`, 'utf8').includes('Power Button');
    } catch {
      return false;
    }
  });
}

/** Calls `onPress` when an ACPI power button is pressed. A machine without one is no error. */
export function watchPowerButtons(kernel: Kernel, onPress: () => void, log: Logger): void {
  try {
    for (const device of powerButtons()) watchButton(kernel, `/dev/input/${device}`, onPress);
  } catch (error) {
    log.warning(`the power button is not watched: ${(error as Error).message}`);
  }
}

function watchButton(kernel: Kernel, path: string, onPress: () => void): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(inputEvent.size * 64);
  const watcher = kernel.watch(fd, () => {
    try {
      const length = readSync(fd, buffer);
      if (holdsPowerPress(buffer.subarray(0, length))) onPress();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return;
      // ENODEV: the device was taken away.
      watcher[Symbol.dispose]();
      closeSync(fd);
    }
  });
}
