/** An event for `input-send-event` (QEMU, qapi/ui.json, `InputEvent`). */
export type InputEvent =
  | {
      readonly type: 'key';
      readonly data: { readonly down: boolean; readonly key: { readonly type: 'qcode'; readonly data: string } };
    }
  | { readonly type: 'btn'; readonly data: { readonly down: boolean; readonly button: string } }
  | { readonly type: 'rel' | 'abs'; readonly data: { readonly axis: 'x' | 'y'; readonly value: number } }
  | {
      readonly type: 'mtt';
      readonly data: {
        readonly type: 'begin' | 'update' | 'end' | 'data';
        readonly slot: number;
        readonly 'tracking-id': number;
        readonly axis: 'x' | 'y';
        readonly value: number;
      };
    };

interface Command<Arguments, Returns> {
  readonly arguments: Arguments;
  readonly returns: Returns;
}

/** The part of QMP that this driver speaks (QEMU 10.0, `docs/interop/qemu-qmp-ref`). */
export interface QmpCommands {
  qmp_capabilities: Command<undefined, unknown>;
  'query-status': Command<undefined, { readonly status: string; readonly running: boolean }>;
  cont: Command<undefined, unknown>;
  stop: Command<undefined, unknown>;
  quit: Command<undefined, unknown>;
  system_powerdown: Command<undefined, unknown>;
  system_reset: Command<undefined, unknown>;
  set_link: Command<{ readonly name: string; readonly up: boolean }, unknown>;
  screendump: Command<{ readonly filename: string; readonly format: 'png' }, unknown>;
  'human-monitor-command': Command<{ readonly 'command-line': string }, string>;
  'input-send-event': Command<{ readonly events: readonly InputEvent[] }, unknown>;
  'migrate-set-capabilities': Command<
    { readonly capabilities: readonly { readonly capability: string; readonly state: boolean }[] },
    unknown
  >;
  'migrate-set-parameters': Command<Readonly<Record<string, number | string>>, unknown>;
  migrate: Command<{ readonly uri: string }, unknown>;
  'migrate-incoming': Command<{ readonly uri: string }, unknown>;
  'query-migrate': Command<undefined, { readonly status?: string; readonly 'error-desc'?: string }>;
  'drive-backup': Command<
    {
      readonly 'job-id': string;
      readonly device: string;
      readonly target: string;
      readonly format: 'qcow2' | 'raw';
      readonly sync: 'top' | 'full';
      readonly 'auto-finalize'?: boolean;
    },
    unknown
  >;
}
export type QmpCommand = keyof QmpCommands;
