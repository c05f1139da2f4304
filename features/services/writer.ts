/**
 * Writes numbered records and flushes each, saying so only then. At its start it counts the records that are there: all
 * of them must be whole and in sequence.
 */
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

const path = `${process.env['PANOS_STATE']}/records`;
const recordSize = 512;

function countKept(): number {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch {
    return 0;
  }
  const whole = Math.floor(content.length / recordSize);
  for (let number = 1; number <= whole; number += 1) {
    const text = content.toString('latin1', (number - 1) * recordSize, number * recordSize);
    if (text !== record(number).toString('latin1')) return number - 1;
  }
  return whole;
}

function record(number: number): Buffer {
  return Buffer.from(`${number} `.padEnd(recordSize - 1, String(number % 10)).concat('\n'));
}

let number = countKept();
console.log(`writer: kept ${number}`);
if (number > 0) truncateSync(path, number * recordSize);
const file = openSync(path, 'a');
const directory = openSync(`${process.env['PANOS_STATE']}`, 'r');
fsyncSync(directory);
closeSync(directory);

setInterval(() => {
  number += 1;
  writeSync(file, record(number));
  fsyncSync(file);
  console.log(`writer: fsynced ${number}`);
}, 10);
