import { BackupError, type StoreLock, type Ports } from '../system/index.js';
import { findHolders, type Project } from '../project/index.js';
import { saveEmergency } from '../backup/index.js';
import type { Backup } from '../store/index.js';
import { findNodeSqlite, type SqliteModule } from '../snapshot/index.js';
import { assertNotOpenElsewhere } from './blockers.js';
import { restoreOnline, type OnlineRestore } from './onlineRestore.js';
import { tryToTakeImage, type CurrentDatabase } from './currentDatabase.js';
import { readReplacement, selfContained, type VerifiedReplacement } from './replacement.js';
import { swapDatabase, type Replacement } from './swap.js';
import type { RestoreMethod } from './restorePlan.js';
import { findProblemsAfter } from './verifyLive.js';

export interface LiveReplacement {
  readonly project: Project;
  readonly current: CurrentDatabase;
  readonly replacement: VerifiedReplacement;
  readonly way: RestoreMethod;
  /** Only these rows of this image go into the live database; `replacement` is what comes out. Undefined: everything. */
  readonly rows?: FeatureRows | undefined;
  /** Goes into the emergency backup's metadata: what is restored. */
  readonly detail: string;
  readonly lock: StoreLock;
}

export interface FeatureRows {
  readonly image: Buffer;
  readonly featureIds: readonly number[];
}

export interface Replaced {
  readonly way: RestoreMethod;
  /** What was there before; undefined where there was nothing. */
  readonly emergency: Backup | undefined;
}

/**
 * Saves what is there as an emergency backup, writes the new database in the given way, and verifies it. If anything
 * fails, the live database is wholly the old one, or is made so again, and the error says which.
 */
export async function replaceLive(work: LiveReplacement, ports: Ports): Promise<Replaced> {
  const sqlite = work.way === 'online' ? findNodeSqlite() : undefined;
  return sqlite ? await replaceOnline(work, sqlite, ports) : await replaceBySwap(work, ports);
}

async function replaceOnline(work: LiveReplacement, sqlite: SqliteModule, ports: Ports): Promise<Replaced> {
  const { path, condition } = work.current;
  let emergency: Backup | undefined;
  const saveCurrent = async (image: Buffer | undefined): Promise<void> => {
    emergency = await keep(work, image, ports);
  };
  const whole = { image: work.replacement.image, featureIds: undefined };
  const base = { databasePath: path, ...(work.rows ?? whole), isDamaged: condition === 'damaged', saveCurrent };
  if (!(await writeOnline(base, sqlite, ports))) return await replaceBySwap(work, ports);
  const problems = await findProblemsAfter(path, work.replacement, 'online', ports);
  if (problems.length === 0) return { way: 'online', emergency };
  return await rollBack(problems, path, emergency, async () => {
    const old = await readEmergency(emergency, ports);
    const keepNothing = async (): Promise<void> => await Promise.resolve();
    await restoreOnline(
      { databasePath: path, image: old.image, isDamaged: true, saveCurrent: keepNothing },
      sqlite,
      ports,
    );
  });
}

/** False where SQLite cannot do it (other page sizes in WAL mode, triggers) and nobody is in the way of a swap. */
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
  const emergency = await keep(work, undefined, ports);
  await assertUnchanged(current, ports);
  const assertFree = (): void => {
    work.lock.assertHeld();
    if (current.condition === 'missing') assertStillMissing(current.path, ports);
    else assertNotOpenElsewhere(current.path, ports);
  };
  const swapTo = (to: Replacement, presentImage: Buffer | undefined): void => {
    swapDatabase({ databasePath: current.path, replacement: to, presentImage, assertFree }, ports);
  };
  swapTo(replacement, current.image);
  const problems = await findProblemsAfter(current.path, replacement, 'swap', ports);
  if (problems.length === 0) return { way: 'swap', emergency };
  return await rollBack(problems, current.path, emergency, async () => {
    swapTo(current.image ? { image: current.image } : await readEmergency(emergency, ports), undefined);
  });
}

/** An emergency backup of the given image, or of whatever is there; undefined where nothing is. */
async function keep(work: LiveReplacement, image: Buffer | undefined, ports: Ports): Promise<Backup | undefined> {
  work.lock.assertHeld();
  const trigger = { source: 'restore' as const, reason: 'before_restore', detail: work.detail };
  if (image) return await saveEmergency(work.project, trigger, ports, work.lock, selfContained(image));
  const hasFiles = ['', '-wal', '-journal'].some(
    (suffix) => ports.files.statSync(work.current.path + suffix, { throwIfNoEntry: false }) !== undefined,
  );
  return hasFiles ? await saveEmergency(work.project, trigger, ports, work.lock) : undefined;
}

/** The emergency backup, the plan and the bridge of a swap must all be of one state. */
async function assertUnchanged(current: CurrentDatabase, ports: Ports): Promise<void> {
  if (!current.image) return;
  const now = await tryToTakeImage(current.path, ports);
  if (now instanceof BackupError || !now.equals(current.image)) throw written(current.path);
}

function assertStillMissing(path: string, ports: Ports): void {
  if (ports.files.statSync(path, { throwIfNoEntry: false })) throw written(path);
}

function written(path: string): BackupError {
  return new BackupError('Somebody wrote to the live database while the restore was being prepared', {
    code: 'database-in-use',
    operation: 'restore the live database',
    path,
    hint: 'Nothing was changed. Stop what writes to it and restore again.',
  });
}

async function readEmergency(emergency: Backup | undefined, ports: Ports): Promise<Replacement> {
  if (!emergency) throw new Error('There was no database before the restore');
  return await readReplacement(emergency, ports);
}

/** Puts the old database back, and always throws: the restore has failed in either case. */
async function rollBack(
  problems: readonly string[],
  path: string,
  emergency: Backup | undefined,
  putBack: () => Promise<void>,
): Promise<never> {
  const what = `The restored database did not verify (${problems.join('; ')})`;
  const details = { code: 'database-damaged', operation: 'verify the restored database', path } as const;
  try {
    await putBack();
  } catch (cause) {
    const hint = emergency ? `Its former state is kept as ${emergency.id}.` : 'There was no database before.';
    throw new BackupError(`${what}, and the old one could not be put back`, { ...details, hint, cause });
  }
  const hint = 'The live database is what it was before. The disk may be failing; check it before trying again.';
  throw new BackupError(`${what}; the old one was put back`, { ...details, hint });
}
