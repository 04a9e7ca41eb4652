import { BackupError, type StoreLock, type Ports } from '../system/index.js';
import { findHolders, type Project } from '../project/index.js';
import { saveEmergency } from '../backup/index.js';
import type { Backup } from '../store/index.js';
import { keepInVault } from '../vault/index.js';
import { findNodeSqlite, readFingerprint, type DatabaseFingerprint, type SqliteModule } from '../snapshot/index.js';
import { assertNotOpenElsewhere } from './blockers.js';
import { changedMeanwhile } from './changedMeanwhile.js';
import { restoreOnline, type OnlineRestore } from './onlineRestore.js';
import { tryToReadImage, type LiveDatabase } from './examineLiveDatabase.js';
import { readReplacement, makeSelfContained, type VerifiedReplacement } from './replacement.js';
import { swapDatabase, type Replacement } from './swap.js';
import type { RestoreMethod } from './restorePlan.js';
import { findRestoreProblems } from './verifyLive.js';

export interface LiveReplacement {
  readonly project: Project;
  readonly live: LiveDatabase;
  readonly replacement: VerifiedReplacement;
  readonly method: RestoreMethod;
  /** Only these rows of this image are written; `replacement` is the result. Undefined: everything. */
  readonly rows?: FeatureRows | undefined;
  /** The restored backup, recorded in the metadata of the emergency backup. */
  readonly detail: string;
  /** The project's folder in the vault; undefined if the project is not recorded. */
  readonly vaultKey?: string | undefined;
  readonly lock: StoreLock;
}

export interface FeatureRows {
  readonly image: Buffer;
  readonly featureIds: readonly number[];
}

export interface ReplacementResult {
  readonly method: RestoreMethod;
  /** The previous database; undefined if none existed. */
  readonly emergency: Backup | undefined;
}

/**
 * Saves the current files as an emergency backup, writes the new database by the given method, and verifies it. If
 * anything fails, the old database remains or is restored; the error message states which.
 */
export async function replaceLive(work: LiveReplacement, ports: Ports): Promise<ReplacementResult> {
  const sqlite = work.method === 'online' ? findNodeSqlite() : undefined;
  return sqlite ? await replaceOnline(work, sqlite, ports) : await replaceBySwap(work, ports);
}

async function replaceOnline(work: LiveReplacement, sqlite: SqliteModule, ports: Ports): Promise<ReplacementResult> {
  const { path, condition } = work.live;
  let emergency: Backup | undefined;
  const saveLive = async (image: Buffer | undefined): Promise<void> => {
    emergency = await saveLiveDatabase(work, image, ports);
  };
  const everything = { image: work.replacement.image, featureIds: undefined };
  const base = { databasePath: path, ...(work.rows ?? everything), isDamaged: condition === 'damaged', saveLive };
  if (!(await writeOnline(base, sqlite, ports))) return await replaceBySwap(work, ports);
  const problems = await findRestoreProblems(path, work.replacement, 'online', ports);
  if (problems.length === 0) return { method: 'online', emergency };
  return await restorePrevious(problems, path, emergency, async () => {
    const old = await readEmergency(emergency, ports);
    const saveNothing = async (): Promise<void> => await Promise.resolve();
    await restoreOnline(
      { databasePath: path, image: old.image, isDamaged: true, saveLive: saveNothing },
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

async function replaceBySwap(work: LiveReplacement, ports: Ports): Promise<ReplacementResult> {
  const { live, replacement } = work;
  const seen = live.condition === 'missing' ? undefined : readFingerprint(live.path, ports);
  // Not another snapshot: it would be a further copy of a large database in memory, and must be the same.
  const emergency = await saveLiveDatabase(work, live.image, ports);
  await assertUnchanged(live, ports);
  const assertFree = (): void => {
    work.lock.assertHeld();
    // No process can be separated from a file that has already been deleted.
    if (live.condition !== 'missing') assertNotOpenElsewhere(live.path, ports);
  };
  const swapIn = (to: Replacement, liveImage: Buffer | undefined, from: DatabaseFingerprint | undefined): void => {
    swapDatabase({ databasePath: live.path, replacement: to, liveImage, seen: from, assertFree }, ports);
  };
  swapIn(replacement, live.image, seen);
  const problems = await findRestoreProblems(live.path, replacement, 'swap', ports);
  if (problems.length === 0) return { method: 'swap', emergency };
  return await restorePrevious(problems, live.path, emergency, async () => {
    const old = live.image ? { image: live.image } : await readEmergency(emergency, ports);
    swapIn(old, undefined, readFingerprint(live.path, ports));
  });
}

/** An emergency backup of the given image, or of the current files, also in the vault; undefined if no files exist. */
async function saveLiveDatabase(
  work: LiveReplacement,
  image: Buffer | undefined,
  ports: Ports,
): Promise<Backup | undefined> {
  const { project, vaultKey, lock, live } = work;
  lock.assertHeld();
  const hasFiles = ['', '-wal', '-journal'].some(
    (suffix) => ports.files.statSync(live.path + suffix, { throwIfNoEntry: false }) !== undefined,
  );
  if (!hasFiles) return undefined;
  const trigger = { source: 'restore' as const, reason: 'before_restore', detail: work.detail };
  const emergency = await saveEmergency(project, trigger, ports, lock, image && makeSelfContained(image));
  if (vaultKey !== undefined) keepInVault(project, vaultKey, emergency, trigger.source, ports);
  return emergency;
}

/** The emergency backup, the plan and the bridge of a swap must all have the same content. */
async function assertUnchanged(live: LiveDatabase, ports: Ports): Promise<void> {
  if (!live.image) return;
  const now = await tryToReadImage(live.path, ports);
  if (now instanceof BackupError || !now.equals(live.image)) throw changedMeanwhile(live.path);
}

async function readEmergency(emergency: Backup | undefined, ports: Ports): Promise<Replacement> {
  if (!emergency) throw new Error('No database existed before the restore');
  return await readReplacement(emergency, ports);
}

/** Restores the old database and always throws, because the restore has failed. */
async function restorePrevious(
  problems: readonly string[],
  path: string,
  emergency: Backup | undefined,
  restore: () => Promise<void>,
): Promise<never> {
  const failure = `The restored database failed verification (${problems.join('; ')})`;
  const details = { code: 'database-damaged', operation: 'verify the restored database', path } as const;
  try {
    await restore();
  } catch (cause) {
    const hint = emergency
      ? `Its previous state is in the emergency backup ${emergency.id}.`
      : 'No database existed before.';
    throw new BackupError(`${failure}, and restoring the previous one failed`, { ...details, hint, cause });
  }
  const hint = 'The live database is unchanged. The disk may be failing; check it before you try again.';
  throw new BackupError(`${failure}; the previous one was restored`, { ...details, hint });
}
