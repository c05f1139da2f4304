import { clearLine, cursorTo } from 'node:readline';
import type { Progress } from '../lib/progress.ts';

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/** Steps shorter than this many milliseconds leave no line behind. */
const worthALine = 400;

/**
 * Shows steps on standard error: on a terminal as one line that lives until the step ends, elsewhere as a line when a
 * step starts to take long and one when it ends. Standard output is left to results.
 */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const alive = stream.isTTY;
  const depth: string[] = [];

  const repaint = (line: string): void => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
    stream.write(line.slice(0, (stream.columns ?? 80) - 1));
  };
  const settle = (line: string): void => {
    if (alive) repaint('');
    stream.write(`${line}\n`);
  };

  return {
    note: settle,
    async step(name, work, expectedSeconds) {
      const start = performance.now();
      let detail = '';
      const expected =
        expectedSeconds !== undefined && expectedSeconds > 3 ? ` of about ${Math.round(expectedSeconds)} s` : '';
      const line = () => `… ${name}${detail && `: ${detail}`} (${seconds(start)}${expected})`;
      depth.push(name);
      const timer = setInterval(
        () => {
          if (depth.at(-1) === name) alive ? repaint(line()) : settle(line());
        },
        alive ? 100 : 30_000,
      );
      timer.unref();
      try {
        const result = await work((text) => {
          detail = text;
        });
        const took = performance.now() - start;
        if (took >= worthALine) settle(`✓ ${name} (${seconds(start)})`);
        else if (alive) repaint('');
        return result;
      } catch (error) {
        settle(`✗ ${name} (${seconds(start)})`);
        throw error;
      } finally {
        clearInterval(timer);
        depth.splice(depth.lastIndexOf(name), 1);
      }
    },
  };
}
