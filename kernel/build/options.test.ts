import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatOptions, lostOptions, mergeFragments, parseOptions } from './options.ts';

test('a configuration is read with numbers, strings and options that are off', () => {
  const text =
    '# a comment\n\nCONFIG_SMP=y\nCONFIG_NR_CPUS=64\nCONFIG_LSM="a,b"\n# CONFIG_KEXEC is not set\nCONFIG_MODULES=n\n';
  expect(Object.fromEntries(parseOptions(text, 'f'))).toEqual({
    SMP: 'y',
    NR_CPUS: '64',
    LSM: '"a,b"',
    KEXEC: 'n',
    MODULES: 'n',
  });
});

test('a line that is no option is refused with its place', () => {
  expect(() => parseOptions('CONFIG_A=y\nCONFG_B=y\n', 'kernel/config/base.config')).toThrow('base.config:2');
});

test('fragments may repeat an option but not contradict each other', () => {
  const one = { path: 'one', text: 'CONFIG_A=y\n' };
  expect(mergeFragments([one, { path: 'two', text: 'CONFIG_A=y\nCONFIG_B=n\n' }])).toEqual(
    new Map([
      ['A', 'y'],
      ['B', 'n'],
    ]),
  );
  expect(() => mergeFragments([one, { path: 'two', text: 'CONFIG_A=n\n' }])).toThrow(
    'CONFIG_A is y in one and n in two',
  );
});

test('an option is lost when its value changed, vanished, or it came on by itself', () => {
  const requested = new Map([
    ['KEPT', 'y'],
    ['CHANGED', '"a"'],
    ['GONE', 'y'],
    ['OFF', 'n'],
    ['ON', 'n'],
  ]);
  const final = new Map([
    ['KEPT', 'y'],
    ['CHANGED', '"b"'],
    ['ON', 'y'],
  ]);
  expect(lostOptions(requested, final)).toEqual([
    { name: 'CHANGED', wanted: '"a"', got: '"b"' },
    { name: 'GONE', wanted: 'y', got: 'n' },
    { name: 'ON', wanted: 'n', got: 'y' },
  ]);
});

test('numbers survive in another notation, but not as nothing', () => {
  expect(
    lostOptions(
      new Map([
        ['A', '16'],
        ['B', '0X10'],
      ]),
      new Map([
        ['A', '0x10'],
        ['B', '0x10'],
      ]),
    ),
  ).toEqual([]);
  expect(lostOptions(new Map([['A', '0']]), new Map())).toHaveLength(1);
});

test('what is written is read again, whatever the values', () => {
  const value = fc.oneof(fc.constantFrom('y', 'n', '0x1f'), fc.nat().map(String), fc.stringMatching(/^"[a-z=#, ]*"$/));
  const options = fc.dictionary(fc.stringMatching(/^[A-Z0-9_]{1,12}$/), value).map((of) => new Map(Object.entries(of)));
  fc.assert(
    fc.property(options, (original) => {
      const text = formatOptions(original);
      expect(parseOptions(text, 'f')).toEqual(original);
      expect(formatOptions(new Map([...original].reverse()))).toBe(text);
    }),
  );
});
