import type { HistoryPolicy } from '../project/index.js';
import type { Backup } from '../store/index.js';

/**
 * Whether retention folds a backup instead of deleting it: an ordinary one that has its hash, is not known to be damaged,
 * and is small enough for the history to hold several segments.
 */
export function isArchivable({ kind, compressed, sizeBytes, metadata }: Backup, { maxBytes }: HistoryPolicy): boolean {
  if (kind !== 'ordinary' || metadata?.sha256 === undefined || metadata.verified?.ok === false) return false;
  const imageBytes = compressed ? metadata.backupSizeBytes : sizeBytes;
  return imageBytes !== undefined && imageBytes <= Math.min(maxBytes / 4, MAX_ARCHIVED_BYTES);
}

/** Folding holds two images in memory, while an agent waits. */
const MAX_ARCHIVED_BYTES = 256 * 1024 * 1024;
