import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explainLost, parseKconfig, unmetSymbols } from './kconfig.ts';

const text = `menu "Things"
config PLAIN
	bool "Plain"
	default y
if OUTER
menuconfig INNER
	tristate "Inner \\"quoted\\"" if EXPERT
	depends on A && \\
		(B || !C)
	depends on D
	help
	  config FAKE
	  depends on nothing
config SELECTED
	bool
endif # OUTER
config AFTER
	string
	prompt "After"
endmenu
`;

test('entries carry their conditions, those of their prompt and those around them', () => {
  expect(parseKconfig(text)).toEqual([
    { name: 'PLAIN', dependsOn: [], hasPrompt: true, line: 2 },
    { name: 'INNER', dependsOn: ['OUTER', 'EXPERT', 'A && (B || !C)', 'D'], hasPrompt: true, line: 6 },
    { name: 'SELECTED', dependsOn: ['OUTER'], hasPrompt: false, line: 13 },
    { name: 'AFTER', dependsOn: [], hasPrompt: true, line: 16 },
  ]);
});

test('what speaks against an expression is named once', () => {
  const final = new Map([
    ['A', 'y'],
    ['C', 'm'],
    ['D', 'n'],
  ]);
  expect(unmetSymbols('A && !C && D && (D || X86_64) && Y="text"', final)).toEqual([
    'C is on',
    'D is off',
    'X86_64 is off',
  ]);
});

test('a lost option is explained from the kernel source', async () => {
  const source = await mkdtemp(join(tmpdir(), 'panos-kconfig-'));
  try {
    await mkdir(join(source, 'arch/arm'), { recursive: true });
    await mkdir(join(source, 'Documentation'));
    await mkdir(join(source, 'drivers'));
    await writeFile(join(source, 'drivers/Kconfig.things'), text);
    await writeFile(join(source, 'arch/arm/Kconfig'), text);
    await writeFile(join(source, 'Documentation/Kconfig'), text);
    const lost = ['INNER', 'SELECTED', 'NOWHERE'].map((name) => ({ name, wanted: 'y', got: 'n' }));
    expect(
      await explainLost(
        lost,
        new Map([
          ['OUTER', 'y'],
          ['A', 'y'],
          ['B', 'y'],
          ['D', 'y'],
        ]),
        source,
      ),
    ).toEqual([
      'CONFIG_INNER=y became n: it depends on OUTER && EXPERT && A && (B || !C) && D, where EXPERT is off (drivers/Kconfig.things:6)',
      'CONFIG_SELECTED=y became n: it has no prompt, other options select it (drivers/Kconfig.things:13)',
      'CONFIG_NOWHERE=y became n: this kernel has no such option',
    ]);
  } finally {
    await rm(source, { recursive: true });
  }
});
