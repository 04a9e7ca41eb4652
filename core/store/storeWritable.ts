import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { asBackupError, explainDenied, kindAt, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';

/**
 * Why this user cannot write backups into the store, or create it. Undefined if it is possible, or if the database belongs
 * to another user, who then makes the backups.
 */
export function storeWriteProblem({ storePath, databasePath }: Project, ports: Ports): BackupError | undefined {
  if (belongsToAnother(databasePath, ports)) return undefined;
  const folder = nearestExisting(storePath, ports);
  try {
    ports.files.accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return explainDenied(asBackupError(error, 'write to the backup store', folder), folder, ports.files);
  }
}

function belongsToAnother(path: string, { files }: Ports): boolean {
  try {
    const owner = files.statSync(path, { throwIfNoEntry: false })?.uid;
    const own = process.getuid?.();
    return owner !== undefined && own !== undefined && owner !== own;
  } catch {
    return false;
  }
}

function nearestExisting(path: string, ports: Ports): string {
  const parent = dirname(path);
  return parent === path || kindAt(path, ports) !== 'nothing' ? path : nearestExisting(parent, ports);
}
