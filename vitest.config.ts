import { defineConfig } from 'vitest/config';
import { reporters } from './host/cli/test/vitest-reporters.ts';

/** Unit tests: they boot nothing. Those that do have a configuration of their own, so that this one stays quick. */
export default defineConfig({
  test: {
    include: ['{host,harness,kernel,os,steps}/**/*.test.ts'],
    exclude: ['**/*.vm.test.ts', 'node_modules/**', 'build/**'],
    includeTaskLocation: true,
    testTimeout: 10_000,
    reporters: reporters(),
  },
});
