/** What Allure is told beyond what Cucumber says by itself. The first import makes Allure's verbs work in workers. */
import 'allure-cucumberjs';
import { Before } from '@cucumber/cucumber';
import { parameter } from 'allure-js-commons';
import type { PanosWorld } from './world.ts';

/** Without it, the runs of one scenario on two machines would be taken for two attempts. */
Before(async function (this: PanosWorld) {
  const { profile } = this.parameters;
  if (profile !== undefined) await parameter('profile', profile);
});
