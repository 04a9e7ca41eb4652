import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readCatalog, metadataUnknown, type Backup, type BackupMetadata, type Catalog } from '../store/index.js';
import { restoreBackup } from './restoreBackup.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/**
 * Takes the last restore back, by restoring what it saved first. That is a restore like any other: the next undo takes
 * it back in turn.
 */
export async function undoRestore(project: Project, options: RestoreOptions, ports: Ports): Promise<RestoreOutcome> {
  const emergency = findUndo(readCatalog(project, ports));
  if (!emergency) throw nothingToUndo(project);
  return await restoreBackup(project, emergency, options, ports);
}

/** The newest emergency backup that a restore made. Throws `metadata-unknown` if it may be one with unknown metadata. */
export function findUndo(catalog: Catalog): Backup | undefined {
  const found = catalog.backups.find(({ kind, metadata }) => kind === 'emergency' && isFromRestore(metadata));
  if (found?.metadataProblem === undefined) return found;
  throw metadataUnknown(found.id, found.metadataProblem, 'tell which backup undoes the last restore');
}

/** The original Python tool makes them for nothing else, and names no source. */
function isFromRestore(metadata: BackupMetadata | undefined): boolean {
  if (metadata?.source === undefined) return true;
  return metadata.source === 'restore' || metadata.events.some((event) => event.source === 'restore');
}

function nothingToUndo(project: Project): BackupError {
  return new BackupError('There is no restore to undo', {
    code: 'backup-not-found',
    operation: 'undo the last restore',
    path: project.storePath,
    hint: 'Only a restore makes the emergency backup that an undo needs.',
  });
}
