import type { Backup } from '../store/index.js';
import { readFeatures, type Feature } from '../database/index.js';
import type { Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { takeSnapshot } from '../snapshot/index.js';
import { readBackupImage } from './readBackupImage.js';

export interface Side {
  readonly name: string;
  readonly features: readonly Feature[];
}

/** The features of a backup, or of the live database as it is at this moment. */
export async function readSide(project: Project, backup: Backup | undefined, ports: Ports): Promise<Side> {
  if (backup === undefined) {
    const { image } = await takeSnapshot(liveDatabasePath(project, ports), ports);
    return { name: 'live', features: await readFeatures(image) };
  }
  return { name: backup.id, features: await readFeatures(readBackupImage(backup, ports)) };
}
