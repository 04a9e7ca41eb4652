/** A mutant that no test can find, as the program then does the same. */
export interface Equivalent {
  readonly file: string;
  /** The line in which it begins, trimmed; it tells places with the same text apart. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [];
