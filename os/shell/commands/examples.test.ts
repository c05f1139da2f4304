import { describe, expect, it } from 'vitest';
import { fakeMachine } from '../fixture/machine.ts';
import { createLineShell } from '../line-shell.ts';
import { newSession } from '../shell.ts';
import { render } from '../terminal/render.ts';
import { commandTable } from './table.ts';

const signal = new AbortController().signal;

describe.each([...commandTable.values()])('$name', (command) => {
  it('has a name, one line about it, a usage and an example', () => {
    expect(command.usage.split(' ')[0]).toBe(command.name);
    expect(command.summary).toMatch(/^[^A-Z].{3,66}[^.]$/);
    expect(command.examples.length).toBeGreaterThan(0);
  });

  it.each(command.examples)('$line', async ({ line, gives, status = 200 }) => {
    using machine = fakeMachine();
    const shell = createLineShell(machine);
    const execution = shell.execute(line, newSession(), signal);
    const values = await Array.fromAsync(execution);
    expect(execution.outcome).toMatchObject({ status });
    if (gives !== undefined) expect(values).toMatchObject(gives);

    const shown = (await Array.fromAsync(render(shell.execute(line, newSession(), signal), 80))).join('');
    if (status >= 400) expect(shown).toContain(`error ${status}: `);
    // Whatever a command shows has no control characters but colours.
    expect(shown.replace(/\x1b\[(3[123]|0)m/g, '')).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);

    // A service was perhaps changed by now: a machine of its own.
    using another = fakeMachine();
    const bare = line.includes(' -- ') ? line.replace(' -- ', ' --json -- ') : `${line} --json`;
    const json = (await Array.fromAsync(render(createLineShell(another).execute(bare, newSession(), signal), 80))).join(
      '',
    );
    expect(json).toMatch(/^[^\n]+\n$/);
    const answer = JSON.parse(json);
    expect(answer.status).toBe(status);
    if (status >= 400) expect(answer.error).toEqual(expect.any(String));
    else if (gives === undefined) expect(answer.values.length).toBeGreaterThan(0);
    else expect(answer.values).toMatchObject(gives);
  });
});
