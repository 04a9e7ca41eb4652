/** Random numbers from a seed (mulberry32). The order of the processes still depends on the scheduler. */
export class SeededChoice {
  #state: number;

  constructor(readonly seed: string) {
    this.#state = Buffer.from(seed).reduce((state, byte) => (Math.imul(state, 31) + byte) | 0, 17);
  }

  /** From 0 up to but excluding 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }
}
