/**
 * The machine contract: what the lab can ask of a virtual machine, whatever hypervisor runs it.
 *
 * Promises of every driver: a verb whose capability is not declared throws {@link LabError} at once; every wait takes a
 * {@link Deadline}; disposing of a machine leaves no process, socket or temporary file behind, also after a crash of
 * the guest. What voids them: killing the hypervisor's processes by hand.
 */
import type { Deadline } from '../../host/lib/deadline.ts';
import type { Profile } from './profile.ts';

/** What a driver may be able to do. Declared by the driver, asked for by steps, never guessed from a name. */
export const capabilities = [
  'acpi-power-button',
  'reset',
  'serial',
  'screenshot',
  'keyboard',
  'pointer-absolute',
  'pointer-relative',
  'touch',
  'saved-state',
  'port-forward',
  'network-link',
  'network-tap',
  'provisioning-data',
  'direct-kernel',
] as const;
export type Capability = (typeof capabilities)[number];

/** The lab itself failed, as opposed to an expectation about the guest. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** The guest did not do what a scenario expects. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
}

/** Where a running machine's life stands. `crashed`: the hypervisor's process died without being asked to. */
export type MachineState = 'off' | 'running' | 'paused' | 'crashed';

/** Why a guest is no longer running. */
export type StopReason = 'guest-shutdown' | 'guest-panic' | 'power-cut' | 'crashed';

/** A TCP port on the host's loopback that leads to one in the guest. */
export interface PortForward {
  readonly guestPort: number;
  /** Asked for; 0 lets the driver choose a free one. */
  readonly hostPort: number;
}

/** A network namespace of the host (network_namespaces(7)). */
export interface NetworkNamespace {
  /** The id of a process in it, as long as it lives. */
  readonly process: number;
  /** Whether that process is in a user namespace of its own, which has to be entered first. */
  readonly user: boolean;
}

/** Paths of unix sockets at the two ends of a cable: whoever listens there carries the frames from one to the other. */
export interface CableEnds {
  readonly near: string;
  readonly far: string;
}

/** What a network card's cable leads to. */
export type NetworkAttachment =
  /** The hypervisor's own network: it leases an address and leads to where the host's network leads. */
  | { readonly kind: 'user' }
  /** A tap device on the host; needs the capability `network-tap`. */
  | {
      readonly kind: 'tap';
      readonly device: string;
      readonly namespace: NetworkNamespace;
      /**
       * Lets the guest hand over frames whose checksums and segments the host is to finish. Faster, but whoever listens
       * on the device then sees frames that no cable carries. Default: no.
       */
      readonly offloads?: boolean;
      /** A cable that somebody has laid between network card and device; each end is connected to at power-on. */
      readonly cable?: CableEnds;
    };

/** Everything that makes one machine, beside the hypervisor. */
export interface MachineSpec {
  /** Unique among the machines of this checkout; lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly profile: Profile;
  /** The disk, made by `harness/disk`. The driver opens it for writing. */
  readonly disk: { readonly path: string; readonly format: 'raw' | 'qcow2' };
  /**
   * An empty file in which every write and flush of the disk is recorded, so that a power cut can lose what was not
   * flushed (`harness/disk/write-log.ts`).
   */
  readonly writeLog?: string;
  /** A read-only optical disc, for the ISO image. */
  readonly cdrom?: string;
  /** A second, read-only disk that carries provisioning files, labelled `cidata`. */
  readonly seed?: string;
  /** A folder for logs, evidence and state, made by the caller and kept after the machine is gone. */
  readonly directory: string;
  readonly acceleration: 'kvm' | 'tcg';
  /** One network card for each, numbered from 0, of the profile's model; default one on the hypervisor's own network. */
  readonly networks?: readonly NetworkAttachment[];
  /** Lead over the first network card that hangs on the hypervisor's own network. */
  readonly forwards?: readonly PortForward[];
  /** Values that the guest reads as provisioning data (QEMU: fw_cfg `opt/org.panos/<key>`). */
  readonly provisioning?: Readonly<Record<string, string>>;
  /** Start this kernel instead of the disk's, with these words appended to its built-in command line. */
  readonly kernel?: { readonly image: string; readonly commandLine: string };
  /** What the battery-powered clock says at power-on, in UTC: `2026-01-31T12:00:00`. Default: the host's time. */
  readonly clock?: string;
  /** A PCI watchdog whose expiry resets the machine. */
  readonly watchdog?: boolean;
}

/** The serial line: a history that is kept whole, and a stream of what comes. */
export interface SerialLine {
  /** Everything received since power-on of this machine object, decoded as UTF-8, escape sequences included. */
  readonly history: string;
  /** Sends bytes as if typed at the other end. */
  write(text: string): void;
  /** Calls `listener` with each chunk as it arrives, until the returned disposable is disposed. */
  onData(listener: (text: string) => void): Disposable;
}

/** Key names are those of the W3C UI Events `code` attribute: `KeyA`, `Enter`, `ControlLeft`, `MetaLeft`, `F11`. */
export interface Keyboard {
  /** Presses the keys in order, then releases them in reverse order. */
  chord(codes: readonly string[]): Promise<void>;
  down(code: string): Promise<void>;
  up(code: string): Promise<void>;
  /** Types text on a US layout. */
  type(text: string): Promise<void>;
}

/** Coordinates of {@link Pointer} and {@link Touch} are fractions of the screen, 0 to 1 from the top left corner. */
export interface Pointer {
  moveTo(x: number, y: number): Promise<void>;
  /** Moves by pixels; needs `pointer-relative`. */
  moveBy(dx: number, dy: number): Promise<void>;
  button(button: 'left' | 'middle' | 'right', pressed: boolean): Promise<void>;
  /** Notches; positive is away from the user. */
  wheel(notches: number): Promise<void>;
}

export interface Touch {
  down(slot: number, x: number, y: number): Promise<void>;
  move(slot: number, x: number, y: number): Promise<void>;
  up(slot: number): Promise<void>;
}

/** A machine at rest on disk: memory, devices and the disk as it was at that instant. Many machines may start from one. */
export interface SavedState {
  readonly directory: string;
}

export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly spec: MachineSpec;
  readonly capabilities: ReadonlySet<Capability>;
  readonly state: MachineState;
  readonly serial: SerialLine;
  readonly keyboard: Keyboard;
  readonly pointer: Pointer;
  readonly touch: Touch;
  /** Process ids of the hypervisor, for evidence and for `./panos status`. */
  readonly processes: readonly number[];
  /** Forwards with the host ports that were chosen; until the start, as asked for. */
  readonly forwards: readonly PortForward[];

  /** Power on. Resolves when the processor runs. `performance.now()` of that instant is {@link poweredOnAt}. */
  start(deadline: Deadline): Promise<void>;
  readonly poweredOnAt: number | undefined;
  /** The mains plug: the guest learns nothing, and what it wrote without flushing may be lost. */
  cutPower(): Promise<void>;
  pressPowerButton(): Promise<void>;
  reset(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when the guest stopped, with the reason. */
  stopped(deadline: Deadline): Promise<StopReason>;
  /** Resolves at the guest's next reboot or reset. Ask before causing it. */
  rebooted(deadline: Deadline): Promise<void>;
  /** Writes a PNG of the screen. */
  screenshot(path: string): Promise<void>;
  /** Saves memory, devices and disk into `directory`, which holds no state yet; the machine goes on afterwards. */
  saveState(directory: string, deadline: Deadline): Promise<SavedState>;
  /** Pulls (false) or puts back (true) the network cable of interface `index`. */
  setLink(index: number, up: boolean): Promise<void>;
  /** What the driver can tell when something went wrong: file names to contents or paths. */
  evidence(): Promise<readonly Evidence[]>;
}

/** A file worth keeping with a report. */
export interface Evidence {
  readonly name: string;
  readonly mediaType: string;
  readonly path: string;
}

/** Whether a driver can work on this machine, and if not, one sentence why. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

export interface Driver {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  availability(): Promise<Availability>;
  /** Prepares a machine that is off. Takes the machine's name; a second one of that name is refused. */
  create(spec: MachineSpec): Promise<Machine>;
  /**
   * Starts a new machine from a saved state: it goes on where the saved one stood, on a disk of its own.
   * `spec.disk` is ignored.
   */
  restore(spec: MachineSpec, state: SavedState, deadline: Deadline): Promise<Machine>;
}
