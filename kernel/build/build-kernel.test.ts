import { expect, test } from 'vitest';
import { kernelKey, readFragments } from './build-kernel.ts';
import { buildEnvironment } from './make.ts';
import { mergeFragments } from './options.ts';

test('the fragments of this repository agree with each other', async () => {
  const options = mergeFragments(await readFragments());
  expect(options.get('EROFS_FS')).toBe('y');
  expect(options.get('MODULES')).toBe('n');
});

test('the key depends on options, source and compiler, and not on comments or order', () => {
  const a = mergeFragments([{ path: 'a', text: '# why\nCONFIG_A=y\nCONFIG_B=y\n' }]);
  const b = mergeFragments([{ path: 'b', text: 'CONFIG_B=y\n\nCONFIG_A=y\n' }]);
  const key = kernelKey(a, 'source', 'gcc 14');
  expect(kernelKey(b, 'source', 'gcc 14')).toBe(key);
  expect(kernelKey(a, 'source', 'gcc 15')).not.toBe(key);
  expect(kernelKey(a, 'other', 'gcc 14')).not.toBe(key);
  expect(kernelKey(new Map([...a, ['C', 'y']]), 'source', 'gcc 14')).not.toBe(key);
});

test('the environment of a build keeps what programs need and nothing that would change the kernel', () => {
  const shell = {
    PATH: '/bin',
    HOME: '/root',
    KCFLAGS: '-O3',
    ARCH: 'arm',
    MAKEFLAGS: '-j9',
    LLVM: '1',
    KBUILD_BUILD_USER: 'me',
  };
  const environment = buildEnvironment(new Date(0), shell);
  expect(environment).toEqual({
    PATH: '/bin',
    HOME: '/root',
    LC_ALL: 'C',
    TZ: 'UTC',
    KBUILD_BUILD_TIMESTAMP: 'Thu, 01 Jan 1970 00:00:00 GMT',
    KBUILD_BUILD_USER: 'panos',
    KBUILD_BUILD_HOST: 'panos',
    KBUILD_BUILD_VERSION: '1',
  });
});
