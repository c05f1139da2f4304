import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { repository } from '../../lib/paths.ts';
import type { Outcome } from './outcome.ts';

/** One line of the file that this reporter writes. */
export type VitestLine = { readonly outcome: Outcome } | { readonly finished: true };

/** Runs inside Vitest: appends each outcome to a file at once, for the process that follows the file. */
export default class OutcomeReporter implements Reporter {
  readonly #path: string;

  constructor({ path }: { path: string }) {
    this.#path = path;
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const about = { name: test.fullName, place: placeOf(test.module, test.location?.line) };
    if (result.state === 'skipped') {
      this.#write({
        outcome: { ...about, status: 'skipped', ...(result.note !== undefined && { reason: result.note }) },
      });
    } else if (result.state === 'failed') {
      this.#write({ outcome: { ...about, status: 'failed', reason: reasonOf(result.errors) } });
    } else if (test.diagnostic()?.flaky === true) {
      this.#write({ outcome: { ...about, status: 'flaky', reason: reasonOf(result.errors ?? []) } });
    } else {
      this.#write({ outcome: { ...about, status: 'passed' } });
    }
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly ErrorLike[]): void {
    for (const module of modules) {
      // A file that cannot be loaded, or whose hooks throw, has no test that could say so.
      const errors = [module, ...module.children.allSuites()].flatMap((part) => part.errors());
      if (errors.length === 0) continue;
      const [place, reason] = [placeOf(module), reasonOf(errors)];
      this.#write({ outcome: { name: 'the test file itself', place, status: 'failed', reason } });
    }
    for (const error of unhandled) {
      const outcome = { name: 'an error that nothing handled', place: 'the run', reason: reasonOf([error]) };
      this.#write({ outcome: { ...outcome, status: 'failed' } });
    }
    this.#write({ finished: true });
  }

  #write(line: VitestLine): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

interface ErrorLike {
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
  readonly diff?: string | undefined;
}

const placeOf = (module: TestModule, line?: number): string =>
  `${relative(repository, module.moduleId)}${line === undefined ? '' : `:${line}`}`;

const reasonOf = (errors: readonly ErrorLike[]): string =>
  errors.map(({ message, stack, diff }) => [stack ?? message ?? '', diff ?? ''].join('\n').trim()).join('\n');
