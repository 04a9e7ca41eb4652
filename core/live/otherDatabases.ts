import { join } from 'node:path';
import { inspectImage, type FeatureCounts } from '../database/index.js';
import { AUTOFORGE_DATABASE_PATHS, type Project } from '../project/index.js';
import { readFingerprint, takeSnapshot } from '../snapshot/index.js';
import { asBackupError, systemErrorCode, type Ports } from '../system/index.js';
import { writtenAt } from './liveCondition.js';

/** A feature database at another of AutoForge’s paths; it is not backed up. */
export interface OtherDatabase {
  readonly path: string;
  readonly counts: FeatureCounts;
  /** When its files were last written. */
  readonly writtenAt: Date;
}

/** The other feature databases of a project that contain features. Warns of unreadable ones. */
export async function otherDatabases(project: Project, ports: Ports): Promise<readonly OtherDatabase[]> {
  const own = realPathOf(project.databasePath, ports);
  const others: OtherDatabase[] = [];
  for (const path of AUTOFORGE_DATABASE_PATHS.map((place) => join(project.root, place))) {
    if (realPathOf(path, ports) === own) continue;
    try {
      const other = isPlainFile(path, ports) ? await read(path, ports) : undefined;
      if (other !== undefined) others.push(other);
    } catch (error) {
      const { message } = asBackupError(error, 'read another database of the project', path);
      ports.onWarning?.(`${message}. This is not the database that is backed up`);
    }
  }
  return others;
}

/** A link can point outside the project. */
function isPlainFile(path: string, { files }: Ports): boolean {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function read(path: string, ports: Ports): Promise<OtherDatabase | undefined> {
  const fingerprint = readFingerprint(path, ports);
  if (fingerprint === undefined || fingerprint.sizeBytes === 0) return undefined;
  const { image } = await takeSnapshot(path, ports, { maxSizeBytes: MAX_BYTES });
  const { counts } = await inspectImage(image, 'quick_check');
  return counts === undefined || counts.total === 0 ? undefined : { path, counts, writtenAt: writtenAt(fingerprint) };
}

/** Limits the cost, because these databases are read whenever health is assessed. */
const MAX_BYTES = 256 * 1024 * 1024;

function realPathOf(path: string, { files }: Ports): string {
  try {
    return files.realpathSync(path);
  } catch {
    return path;
  }
}
