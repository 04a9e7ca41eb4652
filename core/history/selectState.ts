import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readCatalog, selectBackup, type Backup } from '../store/index.js';
import { selectFromHistory } from './selectFromHistory.js';

/** The backup that is meant, or else the state of the history. Throws as `selectBackup` does. */
export function selectState(project: Project, selector: string, ports: Ports): Backup {
  try {
    return selectBackup(readCatalog(project, ports), selector);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup-not-found' || OF_BACKUPS.has(selector)) throw error;
    const state = selectFromHistory(project, selector, ports);
    if (state === undefined) throw error;
    return state;
  }
}

/** Words that never mean a state of the history. */
const OF_BACKUPS: ReadonlySet<string> = new Set(['latest', 'last-good']);
