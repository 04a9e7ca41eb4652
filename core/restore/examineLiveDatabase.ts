import type { Inspection } from '../database/index.js';
import { inspectWithTimeLimit } from '../live/index.js';
import { BackupError, DAMAGE_CODES, type BackupErrorCode, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { takeSnapshot } from '../snapshot/index.js';
import type { LiveDatabaseCondition } from './restorePlan.js';

/** The live database before a restore. */
export interface LiveDatabase {
  /** The real path, links resolved. */
  readonly path: string;
  readonly condition: LiveDatabaseCondition;
  readonly problems: readonly string[];
  /** A consistent snapshot, even of a damaged database; undefined if none can be taken. */
  readonly image: Buffer | undefined;
  readonly inspection: Inspection | undefined;
}

/** Takes a snapshot of the live database and checks it. Throws only errors that also prevent a restore. */
export async function examineLiveDatabase(project: Project, ports: Ports): Promise<LiveDatabase> {
  const path = liveDatabasePath(project, ports);
  const image = await tryToReadImage(path, ports);
  if (image instanceof BackupError) {
    const condition = image.code === 'database-not-found' ? 'missing' : 'unreadable';
    return { path, condition, problems: [image.message], image: undefined, inspection: undefined };
  }
  const inspection = await inspectWithTimeLimit(image, 'integrity_check');
  const condition = inspection.check.ok ? 'sound' : 'damaged';
  return { path, condition, problems: inspection.check.problems, image, inspection };
}

/** The image of a consistent snapshot, or why none can be taken. */
export async function tryToReadImage(path: string, ports: Ports): Promise<Buffer | BackupError> {
  try {
    return (await takeSnapshot(path, ports)).image;
  } catch (error) {
    if (error instanceof BackupError && NO_SNAPSHOT.has(error.code)) return error;
    throw error;
  }
}

/** Errors that neither a retry nor other permissions can resolve. */
const NO_SNAPSHOT: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>([
  ...DAMAGE_CODES,
  'database-not-found',
  'too-large',
]);
