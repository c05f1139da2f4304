/** Starts processes until it is not allowed to. */
import { spawn } from 'node:child_process';

let children = 0;
const breed = (): void => {
  try {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    child.on('error', (error) => stop(error.message));
    child.on('exit', () => stop('a child died'));
    if (child.pid !== undefined) {
      children += 1;
      setTimeout(breed, 50);
    }
  } catch (error) {
    stop((error as Error).message);
  }
};

let stopped = false;
function stop(reason: string): void {
  if (stopped) return;
  stopped = true;
  console.log(`breeder: could not start more than ${children} processes (${reason})`);
  setInterval(() => {}, 1000);
}

breed();
