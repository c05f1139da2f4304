import { describe, expect, test } from 'vitest';
import { judge } from './tidy.ts';

const readme = { path: 'os/init/README.md', text: '# os/init\n' };

describe('tidiness', () => {
  test('a tidy area has nothing to say', () => {
    expect(judge([readme, { path: 'os/init/main.ts', text: 'export {};\n'.repeat(400) }])).toEqual([]);
  });

  test('code of more than 400 lines', () => {
    expect(judge([readme, { path: 'os/init/main.ts', text: 'export {};\n'.repeat(401) }])).toEqual([
      'os/init/main.ts has 401 lines, of at most 400: split it by what it does',
    ]);
    expect(judge([{ path: 'docs/long.md', text: 'x\n'.repeat(999) }])).toEqual([]);
  });

  test('areas need a README, folders below them a README or a header', () => {
    const header = '/** What all of this is for. */\nimport fs from "node:fs";\n';
    const commented = '/** One constant. */\nexport const one = 1;\n';
    expect(judge([{ path: 'host/lib/a.ts', text: header }])).toEqual(['host/lib has no README.md']);
    expect(judge([{ path: 'host/lib/deep/a.ts', text: header }])).toEqual([]);
    const deep = { path: 'host/lib/deep/a.ts', text: commented };
    expect(judge([deep])).toEqual([
      'host/lib/deep: say what it is for, in the README.md above it or in one of its own',
    ]);
    expect(judge([deep, { path: 'host/lib/README.md', text: '- `deep/` is deep\n' }])).toEqual([]);
    expect(judge([{ path: 'kernel/config/base.config', text: 'CONFIG_X=y' }])).toEqual([]);
  });

  test.each([
    ['TO', 'DO: later'],
    ['FIX', 'ME'],
    ['a hel', 'per for it'],
    ['as in issue', ' 12'],
    ["'/wor", "k/main'"],
    ['https://registry.npm', 'js.org'],
  ])('words that we do not use: %s%s', (start, end) => {
    expect(judge([{ path: 'docs/a.md', text: `fine\n${start}${end}\n` }])).toEqual([
      expect.stringMatching(/^docs\/a\.md:2 says "/),
    ]);
  });

  test('words that only look like them', () => {
    const text = 'hackney, apt-helper, framework/main, usermodehelper=, issues of 12, network/x\n';
    expect(judge([{ path: 'docs/a.md', text }])).toEqual([]);
  });

  test('names that say nothing', () => {
    for (const path of ['docs/string-utils.md', 'docs/common/a.md', 'docs/managers.md']) {
      expect(judge([{ path, text: '' }])).toHaveLength(1);
    }
    expect(judge([{ path: 'docs/commonality.md', text: '' }])).toEqual([]);
  });
});
