/** Always dies. */
console.error('mortal: this is the end');
process.exit(7);
