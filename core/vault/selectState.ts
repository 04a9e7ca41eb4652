import { selectBackup, type Backup } from '../store/index.js';
import { readFeatures, type Feature } from '../database/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { takeSnapshot } from '../snapshot/index.js';
import { readBackupImage } from '../history/index.js';
import { readAllBackups } from './readVault.js';
import { selectFromHistory } from './selectFromHistory.js';

/** The backup or, if none matches, the history state. Throws the errors of `selectBackup`. */
export function selectState(project: Project, selector: string, ports: Ports): Backup {
  try {
    return selectBackup(readAllBackups(project, ports), selector);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup-not-found' || BACKUP_ONLY_SELECTORS.has(selector))
      throw error;
    const state = selectFromHistory(project, selector, ports);
    if (state === undefined) throw error;
    return state;
  }
}

/** Selectors that never match a history state. */
const BACKUP_ONLY_SELECTORS: ReadonlySet<string> = new Set(['latest', 'last-good']);

export interface ComparisonSide {
  readonly name: string;
  readonly features: readonly Feature[];
}

/** The features of a backup, or of the current live database. */
export async function readComparisonSide(
  project: Project,
  backup: Backup | undefined,
  ports: Ports,
): Promise<ComparisonSide> {
  if (backup === undefined) {
    const { image } = await takeSnapshot(liveDatabasePath(project, ports), ports);
    return { name: 'live', features: await readFeatures(image) };
  }
  return { name: backup.id, features: await readFeatures(readBackupImage(backup, ports)) };
}
