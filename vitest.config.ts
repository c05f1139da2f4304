import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{host,harness,kernel,os}/**/*.test.ts'],
    exclude: ['**/*.vm.test.ts', 'node_modules/**', 'build/**'],
    testTimeout: 10_000,
    reporters: ['default', ['allure-vitest/reporter', { resultsDir: 'reports/results' }]],
  },
});
