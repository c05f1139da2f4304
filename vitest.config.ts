import { defineConfig } from 'vitest/config';
import { reporters } from './host/cli/test/vitest-reporters.ts';

/** Unit tests: they boot nothing and need no rights. Those that do have configurations of their own. */
export default defineConfig({
  test: {
    include: ['{host,harness,kernel,os,steps}/**/*.test.ts'],
    exclude: ['**/*.{fuzz,vm,veth}.test.ts', 'node_modules/**', 'build/**'],
    includeTaskLocation: true,
    testTimeout: 10_000,
    reporters: reporters(),
  },
});
