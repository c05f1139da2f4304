/**
 * What a package says of its licence: an SPDX expression (SPDX 2.3, annex D), and the text behind each `LicenseRef-` in it.
 */
export interface Licence {
  readonly expression: string;
  readonly texts: ReadonlyMap<string, string>;
}

/** A licence of SPDX's list, or nothing known. */
export const plainLicence = (expression: string): Licence => ({ expression, texts: new Map() });

/** A licence that only its text tells. `name` becomes part of its identifier. */
export function textLicence(name: string, text: string): Licence {
  const reference = licenceReference(name);
  return { expression: reference, texts: new Map([[reference, text]]) };
}

/** SPDX 2.3, section 10.1: letters, digits, hyphens and full stops. */
export const licenceReference = (name: string): string => `LicenseRef-${name.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}`;
