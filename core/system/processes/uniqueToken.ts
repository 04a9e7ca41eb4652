import { realSystem, type System } from '../ports.js';

/** Unique across processes: process id, clock, random part. Not secret; loading `node:crypto` takes milliseconds. */
export function uniqueToken({ pid, monotonicMs, random }: System = realSystem): string {
  const clockPart = Math.round(monotonicMs() * 1e6).toString(36);
  const randomPart = random().toString(36).slice(2, 12);
  return `${pid.toString()}-${clockPart}-${randomPart}`;
}

/** Tokens become parts of file names, and some are read from files. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,10}-[a-z0-9]{1,20}-[a-z0-9]{0,12}$/.test(text);
}

/** Not secret. */
export function randomHex(digits: number, { random }: System = realSystem): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}
