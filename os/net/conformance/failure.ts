/** An error with the code that Node.js has for it. */
export const failureOf = (code: string): Error => Object.assign(new Error(code), { code });

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
