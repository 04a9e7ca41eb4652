import { asFailedCheck } from './check.js';
import { runTask } from './runTask.js';
import type { CheckOptions } from './tasks/checkTask.js';
import type { CheckKind, Inspection } from './types.js';

/** Checks an image and, where it is sound, counts its features; opened once. Throws only what kept it from looking. */
export async function inspectImage(
  image: Buffer,
  kind: CheckKind,
  limitMs?: number,
  options: CheckOptions = {},
): Promise<Inspection> {
  try {
    return await runTask('inspect', image, { kind, ...options }, limitMs);
  } catch (error) {
    return { check: asFailedCheck(error, kind), shape: undefined, counts: undefined };
  }
}
