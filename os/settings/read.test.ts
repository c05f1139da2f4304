import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSettings } from './read.ts';
import { defaultSettings } from './settings.ts';

const read = (...values: unknown[]) =>
  readSettings(values.map((value, index) => ({ file: `/file${index}`, text: JSON.stringify(value) })));

describe('readSettings', () => {
  test('gives the defaults where nothing is set', () => {
    expect(readSettings([])).toEqual({ settings: defaultSettings, problems: [] });
    expect(read({})).toEqual({ settings: defaultSettings, problems: [] });
    expect(readSettings([{ file: '/empty', text: '\uFEFF \n' }]).problems).toEqual([]);
  });

  test('lets later files win, field by field, and services by name', () => {
    const service = (name: string, module: string) => ({ name, module });
    const { settings, problems } = read(
      { hostname: 'first', log: { diskFiles: 7 }, services: [service('a', '/boot/a.js'), service('b', '/boot/b.js')] },
      { log: { serial: 'debug' }, services: [service('b', '/run/seed/b.js'), service('c', '/data/x/c.js')] },
    );
    expect(problems).toEqual([]);
    expect(settings.hostname).toBe('first');
    expect(settings.log).toEqual({ ...defaultSettings.log, serial: 'debug', diskFiles: 7 });
    expect(settings.services.map(({ module }) => module)).toEqual(['/boot/a.js', '/run/seed/b.js', '/data/x/c.js']);
  });

  test.each([
    [{ hostname: 'under_score' }, '"hostname" is ignored: "under_score" is not a host name'],
    [{ hostname: '-a' }, '"hostname" is ignored'],
    [{ hostname: 'a'.repeat(64) }, '"hostname" is ignored'],
    [{ safe: 'yes' }, '"safe" is ignored: "yes" is not true or false'],
    [{ log: 7 }, '"log" is ignored: 7 is not an object'],
    [{ log: { serial: 'loud' } }, '"log.serial" is ignored: "loud" is not "error"'],
    [{ log: { diskBytes: 1.5 } }, '"log.diskBytes" is ignored: 1.5 is not a whole number of bytes'],
    [{ hostnam: 'x' }, '"hostnam" is ignored: there is no such setting'],
    [{ constructor: 'x' }, '"constructor" is ignored: there is no such setting'],
    [{ services: {} }, '"services" is ignored: {} is not a list'],
    [{ services: [3] }, '"services[0]" is ignored: 3 is not an object'],
    [{ services: [{ name: 'a' }] }, '"services[0]" is left out: its module nothing is not the path of a module'],
    [{ services: [{ name: 'A', module: '/boot/a.js' }] }, '"services[0]" is left out: its name "A" is not a name'],
    [{ services: [{ name: 'a', module: '/bin/a.js' }] }, 'its module "/bin/a.js" is not'],
    [{ services: [{ name: 'a', module: '/data/../bin/a.js' }] }, 'its module'],
    [{ services: [{ name: 'a', module: '/boot/a.js', user: -1 }] }, 'its user -1 is not a numeric user'],
    [{ services: [{ name: 'a', module: '/boot/a.js', environment: { A: 1 } }] }, 'its environment'],
  ])('names what is wrong with %j and falls back', (value, sentence) => {
    const { settings, problems } = read(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`/file0: `);
    expect(problems[0]).toContain(sentence);
    expect(settings).toEqual(defaultSettings);
  });

  test('keeps the good fields beside a bad one', () => {
    const { settings, problems } = read({ hostname: 'good', safe: 1 });
    expect(settings.hostname).toBe('good');
    expect(problems).toHaveLength(1);
  });

  test.each([
    ['half an object', '{'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ['a text', '"text"'],
    ['control characters', '\u0000\u0001'],
    ['far too much', 'x'.repeat(2_000_000)],
  ])('survives a file that holds %s', (_, text) => {
    const { settings, problems } = readSettings([{ file: '/boot/panos.json', text }]);
    expect(settings).toEqual(defaultSettings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('/boot/panos.json is ignored');
  });

  test('never fails and never gives anything but settings, whatever the file holds', () => {
    const values = fc.oneof(
      fc.json().map((text) => text),
      fc.string(),
      fc
        .record(
          {
            hostname: fc.anything(),
            safe: fc.anything(),
            log: fc.oneof(fc.anything(), fc.record({ serial: fc.anything(), diskBytes: fc.anything() })),
            services: fc.oneof(fc.anything(), fc.array(fc.record({ name: fc.string(), module: fc.anything() }))),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value) ?? ''),
    );
    fc.assert(
      fc.property(fc.array(values, { maxLength: 3 }), (texts) => {
        const { settings, problems } = readSettings(texts.map((text) => ({ file: '/f', text })));
        expect(settings.hostname).toMatch(/^[a-z0-9-]{1,63}$/i);
        expect(typeof settings.safe).toBe('boolean');
        expect(Number.isInteger(settings.log.diskBytes)).toBe(true);
        expect(problems.length).toBeLessThanOrEqual(50);
      }),
    );
  });
});
