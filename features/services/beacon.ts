/** Says that it lives, once a second. */
import process from 'node:process';

console.log(`beacon: process ${process.pid} is here`);
setInterval(() => {}, 1000);
