import type { Attachment, Envelope, Pickle, TestCaseStarted, TestStepResult } from '@cucumber/messages';
import type { Outcome } from './outcome.ts';

/** How a step says why it returned `skipped`: a logged line that starts so. The World's `skip` writes it. */
const skipMark = 'skipped: ';

/** How bad a step's status is; a scenario is as bad as its worst step (statuses of @cucumber/messages). */
const severity = ['PASSED', 'SKIPPED', 'UNKNOWN', 'PENDING', 'UNDEFINED', 'AMBIGUOUS', 'FAILED'];

interface Attempt {
  readonly started: TestCaseStarted;
  worst: TestStepResult | undefined;
  reason: string | undefined;
}

/**
 * Reads the messages of a Cucumber run (https://github.com/cucumber/messages), one after the other. `onOutcome` is
 * called once a scenario has had its last attempt, and for what fails outside of scenarios.
 */
export class ScenarioOutcomes {
  readonly #onOutcome: (outcome: Outcome) => void;
  readonly #pickles = new Map<string, Pickle>();
  readonly #pickleOfCase = new Map<string, string>();
  readonly #attempts = new Map<string, Attempt>();
  /** The reason of the last failed attempt of a test case. */
  readonly #failed = new Map<string, string>();
  /** Whether the run said that it ended. */
  finished = false;

  constructor(onOutcome: (outcome: Outcome) => void) {
    this.#onOutcome = onOutcome;
  }

  read(message: Envelope): void {
    if (message.pickle !== undefined) this.#pickles.set(message.pickle.id, message.pickle);
    if (message.testCase !== undefined) this.#pickleOfCase.set(message.testCase.id, message.testCase.pickleId);
    if (message.testCaseStarted !== undefined) {
      const started = message.testCaseStarted;
      this.#attempts.set(started.id, { started, worst: undefined, reason: undefined });
    }
    if (message.attachment !== undefined) this.#attached(message.attachment);
    if (message.testStepFinished !== undefined) {
      this.#stepped(message.testStepFinished.testCaseStartedId, message.testStepFinished.testStepResult);
    }
    if (message.testCaseFinished !== undefined) {
      this.#attemptEnded(message.testCaseFinished.testCaseStartedId, message.testCaseFinished.willBeRetried);
    }
    if (message.testRunHookFinished?.result.status === 'FAILED') {
      this.#failedOutside('a hook of the run', 'hooks', reasonOf(message.testRunHookFinished.result));
    }
    if (message.parseError !== undefined) {
      const { source, message: reason } = message.parseError;
      this.#failedOutside('the feature cannot be read', source.uri ?? 'features', reason);
    }
    if (message.testRunFinished !== undefined) this.finished = true;
  }

  #attached({ testCaseStartedId, body }: Attachment): void {
    const attempt = this.#attempts.get(testCaseStartedId ?? '');
    if (attempt !== undefined && body.startsWith(skipMark)) attempt.reason = body.slice(skipMark.length).trim();
  }

  #stepped(id: string, result: TestStepResult): void {
    const attempt = this.#attempts.get(id);
    if (attempt === undefined) return;
    if (severity.indexOf(result.status) > severity.indexOf(attempt.worst?.status ?? 'PASSED')) attempt.worst = result;
  }

  #attemptEnded(id: string, willBeRetried: boolean): void {
    const attempt = this.#attempts.get(id);
    if (attempt === undefined) return;
    this.#attempts.delete(id);
    const { testCaseId } = attempt.started;
    const pickle = this.#pickles.get(this.#pickleOfCase.get(testCaseId) ?? '');
    const { worst } = attempt;
    const failure = worst === undefined || worst.status === 'SKIPPED' ? undefined : reasonOf(worst);
    if (failure !== undefined) this.#failed.set(testCaseId, failure);
    if (willBeRetried) return;

    const about = { name: pickle?.name ?? 'a scenario', place: placeOf(pickle) };
    const earlier = this.#failed.get(testCaseId);
    if (failure !== undefined) this.#onOutcome({ ...about, status: 'failed', reason: failure });
    else if (worst?.status === 'SKIPPED') {
      this.#onOutcome({ ...about, status: 'skipped', ...(attempt.reason !== undefined && { reason: attempt.reason }) });
    } else if (earlier !== undefined) {
      const knownFlaky = pickle?.tags.some(({ name }) => name === '@known-flaky') ?? false;
      this.#onOutcome({ ...about, status: 'flaky', reason: earlier, knownFlaky });
    } else this.#onOutcome({ ...about, status: 'passed' });
  }

  #failedOutside(name: string, place: string, reason: string): void {
    this.#onOutcome({ name, place, status: 'failed', reason });
  }
}

const placeOf = (pickle: Pickle | undefined): string =>
  pickle === undefined ? 'features' : `${pickle.uri}${pickle.location === undefined ? '' : `:${pickle.location.line}`}`;

/** What to tell about a step that did not pass; a status without a message has a name that says enough. */
const reasonOf = (result: TestStepResult): string =>
  result.message ?? result.exception?.message ?? `a step is ${result.status.toLowerCase()}`;
