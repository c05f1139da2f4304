/** Ignores every polite way of being told to stop. */
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', () => {});
process.on('disconnect', () => {});
console.log('stubborn: here I stay');
setInterval(() => {}, 1000);
