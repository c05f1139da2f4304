import { defineConfig } from 'vitest/config';
import { reporters } from './host/cli/test/vitest-reporters.ts';

/** A million cases of frames that nobody should send; more with `PANOS_FUZZ_CASES`. They take a minute and need no rights. */
export default defineConfig({
  test: {
    include: ['os/**/*.fuzz.test.ts'],
    exclude: ['node_modules/**', 'build/**'],
    includeTaskLocation: true,
    // One for each family.
    maxWorkers: 2,
    // Whoever asks for more cases waits for them.
    testTimeout: 0,
    reporters: reporters(),
  },
});
