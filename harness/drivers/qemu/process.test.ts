import { expect, test } from 'vitest';
import { Failure } from '../../../host/lib/failure.ts';
import { LabError } from '../../machine/contract.ts';
import { explainComplaint } from './process.ts';

test.each([
  ["qemu: -netdev user: Could not set up host forwarding rule 'tcp:127.0.0.1:2222-:22'", /port 2222 .* taken/],
  ['qemu: -device ide-hd: Failed to get "write" lock\nIs another process using the image [/a]?', /in use by another/],
  ['qemu: -device ide-cd: Failed to get shared "write" lock\nIs another process …', /in use by another/],
  ["qemu: -blockdev {}: Could not open '/no/disk': No such file or directory", /cannot open \/no\/disk: No such file/],
  ['qemu: Could not access KVM kernel module: Permission denied', /KVM cannot be used \(Permission denied\)/],
])('%j is something that a person can cure', (text, sentence) => {
  const error = explainComplaint(text);
  expect(error).toBeInstanceOf(Failure);
  expect(error.message).toMatch(sentence);
});

test('other words are handed on, the last line of them', () => {
  expect(explainComplaint('warning: a\nqemu: no such device\n')).toBeInstanceOf(LabError);
  expect(explainComplaint('warning: a\nqemu: no such device\n').message).toMatch(/: qemu: no such device$/);
  expect(explainComplaint('').message).toBe('QEMU ended before it could start the machine');
});
