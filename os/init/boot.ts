/**
 * From the kernel's hand-over to a machine in service, in the order in which it happens. Nothing here may stop the
 * boot: every step falls back, says so in the log, and goes on.
 */
import { collectGarbage } from '../lib/collect-garbage.ts';
import type { SettingsReading } from '../settings/read.ts';
import { defaultSettings } from '../settings/settings.ts';
import { LINUX_REBOOT_CMD_CAD_OFF } from '../syscall/abi/reboot.ts';
import type { Kernel } from '../syscall/kernel.ts';
import { asksForSafeMode, commandLine } from './command-line.ts';
import { receive } from './control-server.ts';
import { guardAgainstOwnErrors, reportCrash } from './crash.ts';
import { firstMessage } from './first-line.ts';
import { applyHostname, correctClock } from './identity.ts';
import { DiskSink } from './log/disk.ts';
import { Journal } from './log/journal.ts';
import { followKernelLog } from './log/kernel-log.ts';
import { SerialSink } from './log/serial.ts';
import { earlyMounts, mountAll } from './mounts.ts';
import { watchPowerButtons } from './power/button.ts';
import { Power } from './power/power.ts';
import { releaseDisks, signalEveryone } from './power/shutdown.ts';
import { startWatchdog } from './power/watchdog.ts';
import { ReadyAnnouncement } from './ready.ts';
import { reapOrphans } from './reaper.ts';
import { serviceEnvironment } from './service-environment.ts';
import { consoleService, declaredService, systemServices } from './services.ts';
import { loadSettings, reloadSettings } from './settings.ts';
import { blockDevices } from './storage/block-devices.ts';
import { isWritable, mountData, mountDataSafely } from './storage/data.ts';
import { mountProvisioning } from './storage/provisioning.ts';
import { ControlGroup, prepareGroups } from './supervisor/cgroup.ts';
import { Runner } from './supervisor/runner.ts';
import { applySysctls, sysctls } from './sysctls.ts';

/** Milliseconds after which start-up is over, also on a slow machine. */
const settled = 3000;

/** Boots the machine. When it resolves everything is under way, and the event loop does the rest. */
export async function boot(kernel: Kernel): Promise<void> {
  // A place to speak from.
  const mountProblems = mountAll(kernel, earlyMounts);
  const journal = new Journal({ uptime: kernel.uptime, now: Date.now });
  const log = journal.for('init');
  const serial = new SerialSink();
  let disk: DiskSink | undefined;
  // The terminals have this line already.
  log.info(firstMessage);
  journal.addSink(serial);

  // The supervisor, and the ways to end the machine.
  let reading: SettingsReading = { settings: defaultSettings, problems: [] };
  const runner: Runner = new Runner({
    uptime: kernel.uptime,
    journal,
    group: (name) => new ControlGroup(name),
    environment: serviceEnvironment,
    onMessage: (service, message, answer) => receive(subjects, service, message, answer),
    onCrash: (service, exit) => reportCrash(journal, service, exit),
    onChange: () => {
      ready.check();
      power.check();
    },
  });
  const ready = new ReadyAnnouncement(runner.machine, serial, log);
  const power = new Power({
    kernel,
    runner,
    log,
    onBegin: () => {
      serial.threshold = 'info';
    },
    closeLog: async () => disk?.close(),
    killEveryone: () => signalEveryone('SIGKILL'),
    releaseDisks: (patience) => releaseDisks(kernel, log, patience),
    drainTerminals: () => serial.drained(),
  });
  const settingsRead = Promise.withResolvers<void>();
  const dataMounted = Promise.withResolvers<void>();
  const subjects = {
    journal,
    runner,
    power: power.request,
    settings: () => reading,
    reached: { settings: settingsRead.promise, data: dataMounted.promise },
    reloadSettings: () => {
      reading = reloadSettings(reading, log);
      runner.broadcast({ type: 'settings-changed' });
      return reading;
    },
  };
  guardAgainstOwnErrors(journal, power);
  const problems = [...mountProblems, ...prepareGroups(), ...applySysctls(sysctls)];
  serial.kernelQuietSince = kernel.uptime();
  for (const problem of problems) log.warning(problem);
  kernel.reboot(LINUX_REBOOT_CMD_CAD_OFF);
  power.listenToSignals();
  reapOrphans(kernel, runner);

  // The console, before the disks: node's own start is the longest part of a boot, and a person can look in early.
  runner.start(consoleService);

  // What the machine's owner wrote for it.
  const devices = blockDevices();
  mountProvisioning(kernel, devices, log);
  reading = loadSettings();
  settingsRead.resolve();
  const { settings } = reading;
  for (const problem of reading.problems) log.warning(problem);
  applyHostname(settings.hostname, log);
  correctClock(kernel, log);

  // The system's other services. What they need of the data disk they wait for themselves.
  const safe = settings.safe || asksForSafeMode(commandLine());
  if (safe) log.warning('safe mode: only the console is started, and no disk is written to');
  for (const service of safe ? [] : systemServices) runner.start(service);

  // The data disk, and the log on it. In safe mode nothing is written to any disk.
  const data = safe ? mountDataSafely(kernel, devices, log) : await mountData(kernel, devices, log);
  dataMounted.resolve();
  if (isWritable(data)) {
    disk = new DiskSink(settings.log, log.warning);
    journal.addSink(disk, true);
  }

  // The owner's services.
  for (const service of safe ? [] : settings.services) {
    const started = runner.start(declaredService(service));
    if (!started)
      log.warning(`the service ${service.name} of the settings is left out: the system has one of that name`);
  }
  ready.whenUp(settings.log.serial);

  // What can wait.
  watchPowerButtons(kernel, () => power.request('poweroff', 'the power button'), log);
  startWatchdog(kernel, log);
  followKernelLog(kernel, journal);
  setTimeout(() => {
    collectGarbage();
    kernel.releaseProgramPages();
  }, settled).unref();
}
