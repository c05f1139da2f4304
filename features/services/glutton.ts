/** Takes memory without end, outside V8's heap, so that only the control group can stop it. */
const hoard: Buffer[] = [];
setInterval(() => hoard.push(Buffer.alloc(4 * 1024 * 1024, 1)), 10);
