/** How an end in another process is asked: methods of objects, by number; the end itself is number 0. */

export interface Request {
  readonly id: number;
  readonly object: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** The result is an object with methods, which has this number from now on. */
  | { readonly id: number; readonly object: number }
  | { readonly id: number; readonly code: string };
