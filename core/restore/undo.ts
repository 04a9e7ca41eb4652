import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { metadataUnknown, type Backup, type BackupMetadata, type Catalog } from '../store/index.js';
import { readAllBackups } from '../vault/index.js';
import { restoreBackup } from './restoreBackup.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/** Undoes the last restore by restoring the emergency backup it made. The next undo reverses this one. */
export async function undoRestore(project: Project, options: RestoreOptions, ports: Ports): Promise<RestoreOutcome> {
  const emergency = findUndo(readAllBackups(project, ports));
  if (!emergency) throw noRestore(project);
  return await restoreBackup(project, emergency, options, ports);
}

/**
 * The newest emergency backup made by a restore. Throws `metadata-unknown` if it may be a backup with unknown metadata.
 */
export function findUndo(catalog: Catalog): Backup | undefined {
  const newest = catalog.backups.find(({ kind, metadata }) => kind === 'emergency' && isFromRestore(metadata));
  if (newest?.metadataProblem === undefined) return newest;
  throw metadataUnknown(newest.id, newest.metadataProblem, 'undo the last restore');
}

/** The original Python tool makes emergency backups only for restores, and records no source. */
function isFromRestore(metadata: BackupMetadata | undefined): boolean {
  if (metadata?.source === undefined) return true;
  return metadata.source === 'restore' || metadata.events.some((event) => event.source === 'restore');
}

function noRestore(project: Project): BackupError {
  return new BackupError('No restore can be undone', {
    code: 'backup-not-found',
    operation: 'undo the last restore',
    path: project.storePath,
    hint: 'An undo needs the emergency backup of a previous restore.',
  });
}
