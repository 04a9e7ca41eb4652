import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { hasBackupFile } from '../store/index.js';
import { listHistory } from './listHistory.js';

/** Finds out whether the store contains a backup, as an image or as a state of the history, which is read only once. */
export function backupFinder(project: Project, ports: Ports): (id: string) => boolean {
  let archived: ReadonlySet<string> | undefined;
  return (id) => {
    if (hasBackupFile(project.storePath, id, ports)) return true;
    archived ??= new Set(listHistory(project, ports).states.map((state) => state.id));
    return archived.has(id);
  };
}
