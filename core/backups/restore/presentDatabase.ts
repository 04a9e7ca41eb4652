import { basename, dirname, join, resolve } from 'node:path';
import { inspectImage } from '../../database/inspectImage.js';
import type { Inspection } from '../../database/types.js';
import { BackupError, DAMAGE_CODES, isNotFound, type BackupErrorCode } from '../../errors.js';
import type { Ports } from '../../ports.js';
import type { Project } from '../../project/types.js';
import { takeSnapshot } from '../../snapshot/takeSnapshot.js';
import type { PresentCondition } from './types.js';

/** What a restore finds in the live database's place. */
export interface PresentDatabase {
  /** The real path, links resolved. */
  readonly path: string;
  readonly condition: PresentCondition;
  readonly problems: readonly string[];
  /** A consistent snapshot, also of a damaged database; undefined where none can be taken. */
  readonly image: Buffer | undefined;
  readonly inspection: Inspection | undefined;
}

/** Takes a snapshot of the live database and checks it. Throws only what stops a restore as well: busy, no permission. */
export async function examinePresent(project: Project, ports: Ports): Promise<PresentDatabase> {
  const path = resolveDatabasePath(project.databasePath, ports);
  const taken = await tryToTakeImage(path, ports);
  if (taken instanceof BackupError) {
    const condition = taken.code === 'database-not-found' ? 'missing' : 'unreadable';
    return { path, condition, problems: [taken.message], image: undefined, inspection: undefined };
  }
  const inspection = await inspectImage(taken, 'integrity_check');
  const condition = inspection.check.ok ? 'sound' : 'damaged';
  return { path, condition, problems: inspection.check.problems, image: taken, inspection };
}

/** The image of a consistent snapshot, or the reason why the files as they are give none. */
export async function tryToTakeImage(path: string, ports: Ports): Promise<Buffer | BackupError> {
  try {
    return (await takeSnapshot(path, ports)).image;
  } catch (error) {
    if (error instanceof BackupError && NO_SNAPSHOT.has(error.code)) return error;
    throw error;
  }
}

/** Nothing that waiting, or a right, would help with. */
const NO_SNAPSHOT: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>([
  ...DAMAGE_CODES,
  'database-not-found',
  'too-large',
]);

/**
 * Where links lead: SQLite names the side files after the real path, and a rename must replace the file, not the link.
 * Of a place that does not exist (yet), as far as it does.
 */
export function resolveDatabasePath(path: string, ports: Ports): string {
  try {
    return ports.files.realpathSync(path);
  } catch (error) {
    if (!isNotFound(error) || dirname(path) === path) throw error;
    const parent = dirname(path);
    const isLink = ports.files.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    if (isLink) return resolveDatabasePath(resolve(parent, ports.files.readlinkSync(path)), ports);
    return join(resolveDatabasePath(parent, ports), basename(path));
  }
}
