import { defineConfig } from 'vitest/config';
import { reporters } from './host/cli/test/vitest-reporters.ts';

/**
 * Tests over network interfaces of the running Linux. They make what they need with `ip`, and so are started in a network
 * namespace of their own: `unshare --net vitest …`, or `unshare --user --map-root-user --net vitest …` without root.
 */
export default defineConfig({
  test: {
    include: ['{host,harness,os}/**/*.veth.test.ts'],
    exclude: ['node_modules/**', 'build/**'],
    includeTaskLocation: true,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // They share the namespace, and measure nothing when they fight for processors.
    fileParallelism: false,
    passWithNoTests: true,
    reporters: reporters(),
  },
});
