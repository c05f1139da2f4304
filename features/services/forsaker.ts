/** Leaves grandchildren behind: their parents end first, so PID 1 inherits them. */
import { spawnSync } from 'node:child_process';

const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', '0'], {detached: true, stdio: 'ignore'}).unref()`;
const parent = `for (let n = 0; n < 5; n += 1) ${grandchild}`;
for (let family = 0; family < 4; family += 1) spawnSync(process.execPath, ['-e', parent]);
console.log('forsaker: 20 grandchildren left behind');
setInterval(() => {}, 1000);
