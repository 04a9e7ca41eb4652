import { runTask } from './runTask.js';
import type { Feature, FeatureRow } from './feature.js';
import type { RegisteredProject, CheckKind, Inspection } from './inspection.js';
import type { FeatureDigests } from './tasks/digestFeaturesTask.js';
import type { DanglingDependency } from './tasks/applyFeaturesTask.js';
import { asFailedCheck } from './check.js';
import type { CheckOptions } from './tasks/checkTask.js';

/** Checks an image and, if it is intact, counts its features. Throws only if the check could not run. */
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

/**
 * All features, ordered by id. Columns missing from an older schema have their defaults. Throws `database-damaged`,
 * `not-a-database`, `features-missing`, `too-large` or `time-limit`.
 */
export async function readFeatures(image: Buffer, limitMs?: number): Promise<readonly Feature[]> {
  return await runTask('readFeatures', image, null, limitMs);
}

/** All rows, unconverted, or those with the given ids. Missing ids are omitted. */
export async function readFeatureRows(image: Buffer, ids?: readonly number[]): Promise<readonly FeatureRow[]> {
  return await runTask('readFeatureRows', image, { ids });
}

/** Digests of all features with all their columns. Throws like `readFeatures`. */
export async function digestFeatures(image: Buffer): Promise<FeatureDigests> {
  return await runTask('digestFeatures', image, null);
}

export interface ImageWithFeatures {
  /** The changed image, self-contained and in rollback mode. */
  readonly image: Buffer;
  /** Features that now depend on missing features. */
  readonly danglingDependencies: readonly DanglingDependency[];
}

/**
 * Writes rows of another database into a copy of this image: overwrites the shared columns of rows with the same id,
 * and adds the others. All or nothing.
 */
export async function applyFeatures(image: Buffer, rows: readonly FeatureRow[]): Promise<ImageWithFeatures> {
  const applied = await runTask('applyFeatures', image, rows);
  const { buffer, byteOffset, byteLength } = applied.image;
  return { ...applied, image: Buffer.from(buffer, byteOffset, byteLength) };
}

/** The projects in an image of AutoForge's registry, oldest first. Throws like `readFeatures`. */
export async function readRegistry(image: Buffer): Promise<readonly RegisteredProject[]> {
  return await runTask('readRegistry', image, null);
}
