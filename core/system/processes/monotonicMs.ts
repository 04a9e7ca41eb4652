import { realSystem } from '../ports.js';

/** Unaffected by changes to the system clock. */
export function monotonicMs(): number {
  return realSystem.monotonicMs();
}
