import { realSystem } from '../ports.js';

/** Unaffected by changes of the clock. */
export function monotonicMs(): number {
  return realSystem.monotonicMs();
}
