import { readFileSync } from 'node:fs';
import { version } from '../../lib/version.ts';
import { type Command, type Context, located, noOperands } from './command.ts';

const kernelName = (name: string, context: Context): string =>
  readFileSync(located(`/proc/sys/kernel/${name}`, context), 'utf8').trim();

export const hostname: Command = {
  name: 'hostname',
  summary: 'the name of this machine',
  usage: 'hostname',
  operands: noOperands,
  options: [],
  examples: [{ line: 'hostname', explains: 'as other machines see it', gives: [{ hostname: 'lighthouse' }] }],
  presentation: { as: 'text', text: (value) => (value as { hostname: string }).hostname },
  *run(_args, context) {
    yield { hostname: kernelName('hostname', context) };
  },
};

export const uname: Command = {
  name: 'uname',
  summary: 'the versions of the system and its parts',
  usage: 'uname',
  operands: noOperands,
  options: [],
  examples: [{ line: 'uname', explains: 'for a bug report', gives: [{ kernel: '6.12.48', node: process.version }] }],
  presentation: {
    as: 'text',
    text: (value) => {
      const { system, version, kernel, machine, node } = value as Record<string, string>;
      return `${system} ${version}, Linux ${kernel} ${machine}, Node.js ${node}`;
    },
  },
  *run(_args, context) {
    yield {
      system: 'PanoramicData.Os',
      version,
      kernel: kernelName('osrelease', context),
      build: kernelName('version', context),
      machine: process.arch === 'x64' ? 'x86_64' : process.arch,
      node: process.version,
    };
  },
};
