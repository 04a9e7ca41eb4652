import { realSystem } from '../ports.js';

/** Milliseconds of a clock that nobody sets, of this process. */
export function monotonicMs(): number {
  return realSystem.monotonicMs();
}
