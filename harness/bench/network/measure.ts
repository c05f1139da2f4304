/** The network stack beside Linux's, on the same virtual cables, against the same peer. */
import { join } from 'node:path';
import { openToolbox, type Toolbox } from '../../../host/toolbox/toolbox.ts';
import type { Bench } from '../bench.ts';
import { type Figure, figure, type Measured } from '../figure.ts';
import { Series } from '../series.ts';
import { median } from '../statistics.ts';
import { idleConnection } from './idle.ts';
import { NetworkLaboratory, subjects } from './laboratory.ts';

/** A figure by what the measured programs are told. Values: as they print them. */
const works = [
  { name: 'net.tcp.send', unit: 'Mbit/s', work: { kind: 'send', seconds: 3 } },
  { name: 'net.tcp.receive', unit: 'Mbit/s', work: { kind: 'receive', seconds: 3 } },
  { name: 'net.tcp.connections', unit: '1/s', work: { kind: 'connections', count: 5000, parallel: 32 } },
] as const;

const lossy = { name: 'net.tcp.lossy', cable: { delay: 10, loss: 0.01 }, seconds: 20 } as const;
const echo = { name: 'net.ping', count: 400 } as const;
const idle = { name: 'net.tcp.idle', count: 10_000 } as const;

type Bits = Pick<Bench, 'runs' | 'directory' | 'progress'>;

/** @throws Failure, LabError: where there are no network namespaces, and when a figure cannot be taken */
export async function measureNetwork(bench: Bits): Promise<readonly Figure[]> {
  const toolbox = await openToolbox(bench.progress, 'lab');
  return [...(await measureClean(bench, toolbox)), await measureLossy(bench, toolbox), await measureIdle(bench)];
}

const compared = (series: Series, name: string): Pick<Measured, 'samples' | 'yardstick'> =>
  series.compared(name, { name: 'ours' }, { name: 'linux' });

/** The subjects take turns, so that whatever else the host does meets them alike. */
async function measureClean({ runs, directory, progress }: Bits, toolbox: Toolbox): Promise<readonly Figure[]> {
  const series = new Series();
  await using laboratory = await NetworkLaboratory.open(toolbox, join(directory, 'network'));
  await progress.step('Measuring connections and echoes', async (report) => {
    for (let run = 1; run <= runs; run++) {
      for (const subject of subjects) {
        for (const { name, work } of works) {
          report(`${name} of ${subject}, ${run} of ${runs}`);
          series.add(subject, name, await laboratory.measure(subject, work));
        }
        report(`${echo.name} of ${subject}, ${run} of ${runs}`);
        series.add(subject, echo.name, median(await laboratory.roundTrips(subject, echo.count)) * 1000);
      }
    }
  });
  const linux = series.of('linux', echo.name);
  return [
    ...works.map(({ name, unit }) => figure({ name, unit, ...compared(series, name) })),
    figure({
      name: echo.name,
      unit: 'µs',
      samples: series.of('ours', echo.name).map((ours, run) => ours - (linux[run] ?? 0)),
      method: `round trip to our stack less that to Linux (${Math.round(median(linux))} µs), medians of ${echo.count} pings`,
    }),
  ];
}

async function measureLossy({ runs, directory, progress }: Bits, toolbox: Toolbox): Promise<Figure> {
  const series = new Series();
  const { name, cable, seconds } = lossy;
  await using laboratory = await NetworkLaboratory.open(toolbox, join(directory, 'lossy'), cable);
  await progress.step('Measuring a connection that loses data', async (report) => {
    for (let run = 1; run <= runs; run++) {
      for (const subject of subjects) {
        report(`${subject}, ${run} of ${runs}`);
        series.add(subject, name, await laboratory.measure(subject, { kind: 'send', seconds }));
      }
    }
  });
  return figure({
    name,
    unit: 'Mbit/s',
    ...compared(series, name),
    method: `sending for ${seconds} s, round trip ${2 * cable.delay} ms, ${cable.loss * 100} % of the data lost; the yardstick is CUBIC`,
  });
}

async function measureIdle({ progress }: Bits): Promise<Figure> {
  const sample = await progress.step('Measuring silent connections', () => idleConnection(idle.count));
  return figure({ name: idle.name, unit: 'KiB', samples: [sample], method: `of ${idle.count} connections` });
}
