import { capture } from './capture.ts';
import { cat } from './cat.ts';
import { clear } from './clear.ts';
import type { Command, CommandTable } from './command.ts';
import { df } from './df.ts';
import { echo } from './echo.ts';
import { fetch } from './fetch.ts';
import { free } from './free.ts';
import { help } from './help.ts';
import { ip } from './ip.ts';
import { kill } from './kill.ts';
import { dmesg, log } from './log.ts';
import { ls } from './ls.ts';
import { mount } from './mount.ts';
import { hostname, uname } from './names.ts';
import { ping } from './ping.ts';
import { poweroff, reboot } from './power.ts';
import { ps } from './ps.ts';
import { resolve } from './resolve.ts';
import { services } from './services.ts';
import { settings } from './settings.ts';
import { sockets, ss } from './sockets.ts';
import { uptime } from './uptime.ts';

/** In the order in which `help` lists them: the machine, its network, its files, its figures, the rest. */
const commands: readonly Command[] = [
  help,
  services,
  log,
  dmesg,
  settings,
  reboot,
  poweroff,
  ip,
  ping,
  resolve,
  fetch,
  sockets,
  ss,
  capture,
  ls,
  cat,
  df,
  mount,
  free,
  ps,
  kill,
  uptime,
  hostname,
  uname,
  echo,
  clear,
];

export const commandTable: CommandTable = new Map(commands.map((command) => [command.name, command]));
