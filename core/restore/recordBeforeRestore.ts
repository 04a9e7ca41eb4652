import { BackupError, type Ports } from '../system/index.js';
import { realPath, type Project } from '../project/index.js';
import { isRecordedProject, readProjectRecord, recordProject, type HasBackup } from '../projects/index.js';
import { recordedBackup } from '../backup/index.js';
import { backupFinder } from '../history/index.js';
import type { Backup } from '../store/index.js';

/**
 * The name of the project's folder in the vault, for the emergency backup of a restore. Records the project if it has
 * no record, or if the record is of another project in its place. Undefined without a vault or a record.
 */
export async function recordBeforeRestore(
  project: Project,
  restored: Backup,
  ports: Ports,
): Promise<string | undefined> {
  if (!project.configuration.vault) return undefined;
  // The store cannot prove that a backup from the vault belongs to this project, but the user has chosen it.
  const hasBackup: HasBackup = restored.isOnlyInVault === true ? () => true : backupFinder(project, ports);
  try {
    const known = readProjectRecord(realPath(project.root, ports), ports);
    const isKnown = known !== undefined && isRecordedProject(project, known, hasBackup, ports);
    const lastBackup = isKnown ? known.lastBackup : recordedBackup(restored);
    return (await recordProject(project, lastBackup, hasBackup, ports))?.vaultKeys[0];
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`${error.message}. The state before the restore is saved in the store only`);
    return undefined;
  }
}
