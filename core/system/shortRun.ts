/**
 * For programs that do one thing and end: what pays only in a process that stays is left out. To be called by their own
 * entry, before anything else; it holds for the whole process.
 */
export function expectShortRun(): void {
  expected = true;
}

export function isShortRun(): boolean {
  return expected;
}

let expected = false;
