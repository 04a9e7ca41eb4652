import { join } from 'node:path';
import type { BackupName } from '../../store/index.js';

/** The folder in the store where backups lie that did not verify. A catalog does not look into folders. */
export function quarantinePath(storePath: string): string {
  return join(storePath, 'quarantine');
}

/** Says when and why a backup was moved there. */
export function notePath(storePath: string, id: string): string {
  return join(quarantinePath(storePath), `${id}.quarantine.json`);
}

/** What a note says, as JSON. */
export interface QuarantineNote {
  readonly at: string;
  /** The backup's own name. */
  readonly id: string;
  readonly problems: readonly string[];
}

export function fileNameOf({ id, compressed }: Pick<BackupName, 'id' | 'compressed'>): string {
  return `${id}.db${compressed ? '.gz' : ''}`;
}
