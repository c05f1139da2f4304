import { defineConfig } from 'vitest/config';
import { reporters } from './host/cli/test/vitest-reporters.ts';

/** Tests over real virtual machines: `./panos test acceptance` runs them before the scenarios. */
export default defineConfig({
  test: {
    include: ['{host,harness,kernel,os,steps}/**/*.vm.test.ts'],
    exclude: ['node_modules/**', 'build/**'],
    includeTaskLocation: true,
    // Under emulation a boot takes seconds, and machines share the processors. Waits inside have shorter deadlines.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    passWithNoTests: true,
    reporters: reporters(),
  },
});
