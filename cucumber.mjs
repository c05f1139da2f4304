// How Cucumber finds scenarios and steps. `./panos test` adds what depends on the machine and on the call: workers,
// tags, shard, profile, and the file that it reads the outcomes from.
export default {
  paths: ['features/**/*.feature'],
  import: ['harness/cucumber/**/!(*.test).ts', 'steps/**/!(*.test).ts'],
  format: ['allure-cucumberjs/reporter'],
  formatOptions: { resultsDir: 'reports/results' },
  // A pass on the second attempt is reported as flaky, never as green.
  retry: 1,
};
