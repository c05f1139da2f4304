import type { Measured } from './figure.ts';

/** Samples as they come in, by what was measured and of what. */
export class Series {
  readonly #samples = new Map<string, number[]>();

  add(subject: string, name: string, sample: number): void {
    const samples = this.#samples.get(`${subject} ${name}`);
    if (samples === undefined) this.#samples.set(`${subject} ${name}`, [sample]);
    else samples.push(sample);
  }

  of(subject: string, name: string): readonly number[] {
    return this.#samples.get(`${subject} ${name}`) ?? [];
  }

  /** The samples of one subject beside those of its yardstick. */
  compared(
    name: string,
    subject: { readonly name: string },
    yardstick: { readonly name: string } | undefined,
  ): Pick<Measured, 'samples' | 'yardstick'> {
    const samples = this.of(subject.name, name);
    if (yardstick === undefined) return { samples };
    return { samples, yardstick: { name: yardstick.name, samples: this.of(yardstick.name, name) } };
  }
}
