import type { Deadline } from '../../../host/lib/deadline.ts';
import { SerialConsole } from '../../guest/serial-console.ts';
import type { Machine } from '../../machine/contract.ts';
import type { Memory } from '../subject.ts';

export const hostname = 'yardstick';

const prompt = `root@${hostname}:~# `;

/** Every kilobyte that counts, in two numbers. The shell expands the list before its pipeline starts: it is not in it. */
const question =
  `cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/{s+=$2}END{print "pss="s";"}'; ` +
  `awk '/^MemTotal/{t=$2}/^MemAvailable/{print "used="t-$2";"}' /proc/meminfo`;

/** Logs in as root where nobody has yet, and asks. The login's own shell counts, as our console does. */
export async function debianMemory(machine: Machine, deadline: Deadline): Promise<Memory> {
  const console = new SerialConsole(machine);
  if (!console.textSince().includes(prompt)) {
    machine.serial.write('root\r');
    await console.waitForText(prompt, deadline);
  }
  const since = console.position;
  machine.serial.write(`${question}\r`);
  const [, pss, used] = await console.waitForText(/pss=(\d+);\s+used=(\d+);/, deadline, { since });
  await console.waitForText(prompt, deadline, { since });
  return { userspace: Number(pss) * 1024, used: Number(used) * 1024 };
}
