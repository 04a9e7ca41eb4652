import { listBackups, type EngineOptions } from '../../core/engine.js';
import { findUndo as findUndoIn } from '../../core/restore/index.js';
import { isMetadataUnknown, type Backup, type Catalog } from '../../core/store/index.js';

/** The backup that undoes the last restore. Throws `metadata-unknown` if unreadable metadata makes it uncertain. */
export async function findUndo(root: string, options: EngineOptions): Promise<Backup | undefined> {
  return findUndoIn(await listBackups(root, options));
}

/** Also true if unreadable metadata makes it uncertain, because the command then reports the reason. */
export function canUndo(catalog: Catalog): boolean {
  try {
    return findUndoIn(catalog) !== undefined;
  } catch (error) {
    if (isMetadataUnknown(error)) return true;
    throw error;
  }
}
