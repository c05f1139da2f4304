/** What a number in a value means, so that people read `1.5 MiB` where programs read 1572864. */
export type Unit = 'plain' | 'bytes' | 'seconds' | 'instant' | 'fraction';

export interface Column {
  /** The property shown. */
  readonly key: string;
  /** Heading; the key where absent. */
  readonly title?: string;
  /** `seconds` is a duration, `instant` seconds since boot. */
  readonly unit?: Unit;
  /** Adds a last row with this column's sum. */
  readonly sum?: boolean;
  /** Values that deserve a colour. */
  readonly colours?: Readonly<Record<string, Colour>>;
}

export type Colour = 'red' | 'yellow' | 'green';

/** How a command's values become text for people. `--json` never asks. */
export type Presentation =
  | { readonly as: 'table'; readonly columns: readonly Column[]; readonly empty?: string }
  | { readonly as: 'text'; text(value: object): string; colour?(value: object): Colour | undefined };

/** Any object, each on a line of its own; for values of commands that say nothing better. */
export const asJsonLines: Presentation = { as: 'text', text: (value) => JSON.stringify(value) };
