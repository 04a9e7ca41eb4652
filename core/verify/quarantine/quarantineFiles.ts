import { join } from 'node:path';
import type { BackupName } from '../../store/index.js';

/** The folder for backups that failed verification. The catalog ignores folders. */
export function quarantinePath(storePath: string): string {
  return join(storePath, 'quarantine');
}

/** The note with the time and the reason. */
export function notePath(storePath: string, id: string): string {
  return join(quarantinePath(storePath), `${id}.quarantine.json`);
}

/** The content of a note. */
export interface QuarantineNote {
  readonly at: string;
  /** The backup's id in the store. */
  readonly id: string;
  readonly problems: readonly string[];
}

export function fileNameOf({ id, compressed }: Pick<BackupName, 'id' | 'compressed'>): string {
  return `${id}.db${compressed ? '.gz' : ''}`;
}
