/** A name that no other process chooses: process id, its clock, chance. No secret; `node:crypto` would cost milliseconds. */
export function uniqueToken(): string {
  const clock = process.hrtime.bigint().toString(36);
  const chance = Math.random().toString(36).slice(2, 12);
  return `${process.pid.toString()}-${clock}-${chance}`;
}

/** Tokens become parts of file names, and some are read from files. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,10}-[a-z0-9]{1,20}-[a-z0-9]{0,12}$/.test(text);
}
