import type { Colour } from '../values/presentation.ts';

const colours: Readonly<Record<Colour, string>> = { red: '\x1b[31m', yellow: '\x1b[33m', green: '\x1b[32m' };
/** Text in a colour that every terminal has (ECMA-48 SGR). */
export const paint = (text: string, colour: Colour | undefined): string =>
  colour === undefined ? text : `${colours[colour]}${text}\x1b[0m`;
