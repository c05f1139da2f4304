import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { Journal } from '../log/journal.ts';
import { type ServiceDefinition, serviceDefaults } from './definition.ts';
import { describeExit } from './exit.ts';
import { Runner, type ServiceGroup } from './runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'panos-runner-'));
const runners: Runner[] = [];
afterEach(() => {
  for (const runner of runners.splice(0)) {
    runner.send({ type: 'shutdown' });
    runner.killAll();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Real processes; control groups are left out, for they need the machine's own. */
function run(code: string, change: Partial<ServiceDefinition> = {}) {
  const journal = new Journal({ uptime: () => performance.now() / 1000, now: Date.now });
  const group: ServiceGroup = { prepare() {}, add() {}, kill() {}, memory: 1, memoryLimitReached: false };
  const crashes: string[] = [];
  const messages: unknown[] = [];
  const runner = new Runner({
    uptime: () => performance.now() / 1000,
    journal,
    group: () => group,
    environment: ({ name }) => ({ PANOS_SERVICE: name }),
    onMessage: (_, message, answer) => {
      messages.push(message);
      answer({ type: 'answer', id: 1, result: null });
    },
    onCrash: (_, exit) => crashes.push(describeExit(exit)),
    onChange: () => {},
  });
  runners.push(runner);
  const module = join(folder, `${runners.length}-${code.length}.mjs`);
  writeFileSync(module, code);
  const definition = {
    ...serviceDefaults,
    name: 'a',
    description: '',
    module,
    readiness: 'started',
    ...change,
  } as const;
  runner.start(definition);
  const lines = () => journal.read({ unit: 'a' }).map(({ severity, message }) => `${severity}: ${message}`);
  const state = () => runner.machine.get('a');
  return { runner, lines, state, crashes, messages };
}

const stays = 'setInterval(() => {}, 1000);';

describe('Runner', () => {
  test('captures both outputs to the last line, and tells how the process ended', async () => {
    const { lines, state, crashes } = run(
      'console.log(process.env.PANOS_SERVICE); console.error("bad"); process.stdout.write("no end"); process.exitCode = 3;',
      { restart: 'never' },
    );
    await vi.waitFor(() => expect(state()?.state).toBe('failed'), 5000);
    expect(state()?.lastExit).toBe('exit 3');
    expect(lines().toSorted()).toEqual(['info: a', 'info: no end', 'warning: bad']);
    expect(crashes).toEqual(['exit 3']);
  });

  test('starts a killed service again within a second', async () => {
    const { runner, state } = run(stays);
    await vi.waitFor(() => expect(state()?.state).toBe('ready'), 5000);
    const pid = state()?.pid ?? 0;
    expect(runner.owns(pid)).toBe(true);
    const killed = performance.now();
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(state()).toMatchObject({ state: 'ready', restarts: 1 }), {
      timeout: 5000,
      interval: 5,
    });
    expect(performance.now() - killed).toBeLessThan(1000);
    expect(state()?.pid).not.toBe(pid);
    expect(runner.owns(pid)).toBe(false);
  });

  test('asks over the channel, and the service may end by itself', async () => {
    const { runner, state, messages } = run(
      'process.on("message", (m) => m.type === "stop" && process.exit(0)); process.send({ type: "ready" });',
    );
    await vi.waitFor(() => expect(messages).toEqual([{ type: 'ready' }]), 5000);
    runner.send({ type: 'stop', name: 'a' });
    await vi.waitFor(() => expect(state()?.state).toBe('stopped'), 5000);
    expect(state()?.lastExit).toBe('exit 0');
  });

  test('ends one that hears neither the channel nor SIGTERM', async () => {
    const { runner, state, lines } = run(`process.on("SIGTERM", () => {}); console.log("deaf"); ${stays}`, {
      stopTimeout: 0.3,
    });
    await vi.waitFor(() => expect(lines()).toEqual(['info: deaf']), 5000);
    runner.send({ type: 'stop', name: 'a' });
    await vi.waitFor(() => expect(state()?.state).toBe('stopped'), 5000);
    expect(state()?.lastExit).toBe('signal SIGKILL');
  });

  test('a user that it may not become is a failure to start, not an error of its own', async () => {
    const { state } = run(stays, { uid: 4_294_967_294, gid: 4_294_967_294, restart: 'never' });
    const settled = () => expect(['failed', 'ready']).toContain(state()?.state);
    await vi.waitFor(settled, 5000);
  });

  test('a service that writes without end is slowed down and holds up nobody', async () => {
    const { state, lines } = run('const text = "x".repeat(1000); for (;;) console.log(text);');
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(50), 5000);
    const turn = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(performance.now() - turn).toBeLessThan(1500);
    expect(state()?.state).toBe('ready');
  });
});
