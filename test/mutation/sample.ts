import { Random } from '../simulation/random.js';

/** A sample of this size, in the original order. The same seed gives the same sample. */
export function chooseSample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const random = new Random(seed);
  return items
    .map((item, index) => ({ item, index, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}
