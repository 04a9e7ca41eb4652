import { BackupError } from '../system/errors.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../system/ports.js';
import { readCatalog } from '../store/catalog.js';
import { selectBackup } from '../store/selectBackup.js';
import type { Backup } from '../store/types.js';

/** The backup that is meant, or else the state of the history. Throws as `selectBackup` does. */
export async function selectState(project: Project, selector: string, ports: Ports): Promise<Backup> {
  try {
    return selectBackup(readCatalog(project, ports), selector);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup-not-found' || OF_BACKUPS.has(selector)) throw error;
    // Loaded here: what is asked for is nearly always a backup.
    const { selectFromHistory } = await import('./selectFromHistory.js');
    const state = selectFromHistory(project, selector, ports);
    if (state === undefined) throw error;
    return state;
  }
}

/** Words that never mean a state of the history. */
const OF_BACKUPS: ReadonlySet<string> = new Set(['latest', 'last-good']);
