import { runTask } from './runTask.js';
import type { DanglingDependency } from './tasks/applyFeaturesTask.js';
import type { FeatureRow } from './types.js';

export interface ImageWithFeatures {
  /** The changed image, self-contained and in rollback mode. */
  readonly image: Buffer;
  /** Features that now depend on features which do not exist. */
  readonly danglingDependencies: readonly DanglingDependency[];
}

/**
 * Puts rows of another database into a copy of this image: rows with the same id are overwritten in the columns that
 * both have, others are added, everything else stays. All of them or, when it throws, none.
 */
export async function applyFeatures(image: Buffer, rows: readonly FeatureRow[]): Promise<ImageWithFeatures> {
  const applied = await runTask('applyFeatures', image, rows);
  const { buffer, byteOffset, byteLength } = applied.image;
  return { ...applied, image: Buffer.from(buffer, byteOffset, byteLength) };
}
