import { BackupError, type StoreLock, type Ports } from '../system/index.js';
import { findHolders, type Project } from '../project/index.js';
import { saveEmergency } from '../backup/index.js';
import type { Backup } from '../store/index.js';
import { findNodeSqlite, type SqliteModule } from '../snapshot/index.js';
import { assertNotOpenElsewhere } from './blockers.js';
import { restoreOnline, type OnlineRestore } from './onlineRestore.js';
import { tryToReadImage, type CurrentDatabase } from './currentDatabase.js';
import { readReplacement, selfContained, type VerifiedReplacement } from './replacement.js';
import { swapDatabase, type Replacement } from './swap.js';
import type { RestoreMethod } from './restorePlan.js';
import { findProblemsAfter } from './verifyLive.js';

export interface LiveReplacement {
  readonly project: Project;
  readonly current: CurrentDatabase;
  readonly replacement: VerifiedReplacement;
  readonly way: RestoreMethod;
  /** Only these rows of this image are written; `replacement` is the result. Undefined: everything. */
  readonly rows?: FeatureRows | undefined;
  /** The restored backup, recorded in the metadata of the emergency backup. */
  readonly detail: string;
  readonly lock: StoreLock;
}

export interface FeatureRows {
  readonly image: Buffer;
  readonly featureIds: readonly number[];
}

export interface Replaced {
  readonly way: RestoreMethod;
  /** The previous database; undefined if none existed. */
  readonly emergency: Backup | undefined;
}

/**
 * Saves the current files as an emergency backup, writes the new database by the given method, and verifies it. If
 * anything fails, the old database remains or is restored, and the error reports which.
 */
export async function replaceLive(work: LiveReplacement, ports: Ports): Promise<Replaced> {
  const sqlite = work.way === 'online' ? findNodeSqlite() : undefined;
  return sqlite ? await replaceOnline(work, sqlite, ports) : await replaceBySwap(work, ports);
}

async function replaceOnline(work: LiveReplacement, sqlite: SqliteModule, ports: Ports): Promise<Replaced> {
  const { path, condition } = work.current;
  let emergency: Backup | undefined;
  const saveCurrent = async (image: Buffer | undefined): Promise<void> => {
    emergency = await saveBefore(work, image, ports);
  };
  const everything = { image: work.replacement.image, featureIds: undefined };
  const base = { databasePath: path, ...(work.rows ?? everything), isDamaged: condition === 'damaged', saveCurrent };
  if (!(await writeOnline(base, sqlite, ports))) return await replaceBySwap(work, ports);
  const problems = await findProblemsAfter(path, work.replacement, 'online', ports);
  if (problems.length === 0) return { way: 'online', emergency };
  return await rollBack(problems, path, emergency, async () => {
    const old = await readEmergency(emergency, ports);
    const saveNothing = async (): Promise<void> => await Promise.resolve();
    await restoreOnline(
      { databasePath: path, image: old.image, isDamaged: true, saveCurrent: saveNothing },
      sqlite,
      ports,
    );
  });
}

/** False if SQLite cannot do it (different page sizes in WAL mode, triggers) and no process prevents a swap. */
async function writeOnline(work: OnlineRestore, sqlite: SqliteModule, ports: Ports): Promise<boolean> {
  try {
    return await restoreOnline(work, sqlite, ports);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'io') throw error;
    const { holders, certain } = findHolders(work.databasePath, ports);
    if (holders.length > 0 || !certain) throw error;
    return false;
  }
}

async function replaceBySwap(work: LiveReplacement, ports: Ports): Promise<Replaced> {
  const { current, replacement } = work;
  const emergency = await saveBefore(work, undefined, ports);
  await assertUnchanged(current, ports);
  const assertFree = (): void => {
    work.lock.assertHeld();
    if (current.condition === 'missing') assertStillMissing(current.path, ports);
    else assertNotOpenElsewhere(current.path, ports);
  };
  const swapTo = (to: Replacement, liveImage: Buffer | undefined): void => {
    swapDatabase({ databasePath: current.path, replacement: to, liveImage, assertFree }, ports);
  };
  swapTo(replacement, current.image);
  const problems = await findProblemsAfter(current.path, replacement, 'swap', ports);
  if (problems.length === 0) return { way: 'swap', emergency };
  return await rollBack(problems, current.path, emergency, async () => {
    swapTo(current.image ? { image: current.image } : await readEmergency(emergency, ports), undefined);
  });
}

/** An emergency backup of the given image, or of the current files; undefined if no files exist. */
async function saveBefore(work: LiveReplacement, image: Buffer | undefined, ports: Ports): Promise<Backup | undefined> {
  work.lock.assertHeld();
  const trigger = { source: 'restore' as const, reason: 'before_restore', detail: work.detail };
  if (image) return await saveEmergency(work.project, trigger, ports, work.lock, selfContained(image));
  const hasFiles = ['', '-wal', '-journal'].some(
    (suffix) => ports.files.statSync(work.current.path + suffix, { throwIfNoEntry: false }) !== undefined,
  );
  return hasFiles ? await saveEmergency(work.project, trigger, ports, work.lock) : undefined;
}

/** The emergency backup, the plan and the bridge of a swap must all be of the same state. */
async function assertUnchanged(current: CurrentDatabase, ports: Ports): Promise<void> {
  if (!current.image) return;
  const now = await tryToReadImage(current.path, ports);
  if (now instanceof BackupError || !now.equals(current.image)) throw wasWritten(current.path);
}

function assertStillMissing(path: string, ports: Ports): void {
  if (ports.files.statSync(path, { throwIfNoEntry: false })) throw wasWritten(path);
}

function wasWritten(path: string): BackupError {
  return new BackupError('Another process wrote to the live database during the preparation of the restore', {
    code: 'database-in-use',
    operation: 'restore the live database',
    path,
    hint: 'Nothing was changed. Stop the process that writes to it, then try again.',
  });
}

async function readEmergency(emergency: Backup | undefined, ports: Ports): Promise<Replacement> {
  if (!emergency) throw new Error('No database existed before the restore');
  return await readReplacement(emergency, ports);
}

/** Restores the old database and always throws, because the restore has failed. */
async function rollBack(
  problems: readonly string[],
  path: string,
  emergency: Backup | undefined,
  putBack: () => Promise<void>,
): Promise<never> {
  const failure = `The restored database failed verification (${problems.join('; ')})`;
  const details = { code: 'database-damaged', operation: 'verify the restored database', path } as const;
  try {
    await putBack();
  } catch (cause) {
    const hint = emergency
      ? `Its previous state is in the emergency backup ${emergency.id}.`
      : 'No database existed before.';
    throw new BackupError(`${failure}, and restoring the previous one failed`, { ...details, hint, cause });
  }
  const hint = 'The live database is unchanged. The disk may be failing; check it before you try again.';
  throw new BackupError(`${failure}; the previous one was restored`, { ...details, hint });
}
