declare const PANOS_VERSION: string | undefined;
declare const PANOS_BUILD_TIME: string | undefined;

/** The version of this build; the image builder defines it when it bundles (`esbuild --define:PANOS_VERSION`). */
export const version: string = typeof PANOS_VERSION === 'string' ? PANOS_VERSION : '0.0.0-dev';

/**
 * When this build was made, milliseconds since 1970, from the ISO 8601 text `PANOS_BUILD_TIME`; 0 if unknown. A clock
 * that shows less is wrong.
 */
export const buildTime: number = typeof PANOS_BUILD_TIME === 'string' ? Date.parse(PANOS_BUILD_TIME) || 0 : 0;
