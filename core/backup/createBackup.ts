import { BackupError, asBackupError, withStoreLock, type Ports, type BackupErrorCode } from '../system/index.js';
import {
  newestByName,
  formatBackupId,
  sanitiseReason,
  openStore,
  prepareStore,
  recordEvent,
  JOBS_FILE,
  isMetadataUnknown,
  warnOfUnknownMetadata,
  noteJob,
  noteJobUnderLock,
  readJobs,
  type Backup,
  type Catalog,
  type Trigger,
  type OpenStore,
} from '../store/index.js';
import {
  compressBackups,
  dueForCompression,
  isWorthRetiring,
  retireBackups,
  planRetention,
} from '../retention/index.js';
import type { FeatureCounts } from '../database/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import type { SnapshotOptions } from '../snapshot/index.js';
import { readAcknowledgement, isShrunk, lookAtLive, type LiveLook, type LookOptions } from '../live/index.js';
import { draftMetadata, publishBackup, Staging, type Draft } from './publishBackup.js';
import { keepDamagedFiles, keepDamagedImage } from './saveEmergency.js';

export type BackUpOutcome =
  | {
      readonly status: 'created';
      readonly backup: Backup;
      readonly pruned: readonly Backup[];
      /** Pruning stands still, and why. */
      readonly pruningPaused?: 'database-shrunk' | undefined;
      /** The backup is safe, but the old ones could not be removed, folded into the history, or compressed. */
      readonly pruneProblem?: BackupError | undefined;
    }
  /** The newest backup already holds this state; the trigger was added to its events. */
  | { readonly status: 'unchanged'; readonly backup: Backup }
  /** The live database does not verify; what there is of it was kept as an emergency backup, and nothing was pruned. */
  | { readonly status: 'damaged'; readonly emergency: Backup; readonly problems: readonly string[] };

interface CreateOptions extends SnapshotOptions {
  /** How long to wait for other processes that use the store; 15,000 by default. */
  readonly lockTimeoutMs?: number;
  /** Called when there is something new: a backup, damage, a failure. Whoever waits for the backup waits for this. */
  readonly afterBackup?: AfterBackup | undefined;
}

/** Must not throw. */
export type AfterBackup = (project: Project, ports: Ports) => void;

/**
 * Makes sure that the present state of the live database is in the store: as a new backup, or noted as an event on the
 * newest one where that holds it already. A live database that does not verify is kept as an emergency backup. Old
 * backups are pruned; that never fails a backup.
 *
 * All under the store's lock, so that of several processes that come at once, one writes and the others find its
 * backup. Killed at any point, it leaves the store sound: nothing gets a backup's name before it is whole and synced.
 *
 * Throws BackupError: `database-not-found`, `database-busy`, `store-busy`, `unsafe-store`, `disk-full` and the like.
 */
export async function createBackup(
  project: Project,
  trigger: Trigger,
  ports: Ports,
  options: CreateOptions = {},
): Promise<BackUpOutcome> {
  let outcome: BackUpOutcome | undefined;
  try {
    refuseMissing(project, ports);
    prepareStore(project, ports);
    outcome = await withStoreLock(
      project.storePath,
      ports,
      async (lock) => {
        const store = openStore(project, ports, lock);
        const kept = await keepPresentState(store, trigger, options);
        if (store.names.has(JOBS_FILE)) forgetFailure(store);
        return kept;
      },
      { timeoutMs: options.lockTimeoutMs },
    ).catch(async (error: unknown) => {
      // Whoever made the call may tell nobody: `status`, `check` and notifications read of it from the store.
      await noteFailure(project, error, ports);
      throw error;
    });
    return outcome;
  } finally {
    if (outcome?.status !== 'unchanged') options.afterBackup?.(project, ports);
  }
}

async function keepPresentState(store: OpenStore, trigger: Trigger, options: CreateOptions): Promise<BackUpOutcome> {
  const { project, ports, names } = store;
  try {
    const likely = newestByName(project.storePath, names, ports);
    return await keepWhatIsNew(store, trigger, store, { ...options, likely });
  } catch (error) {
    if (!isMetadataUnknown(error)) throw error;
    // The metadata of the backup of this state cannot be read any more. The event must not be lost: a new backup has it.
    const nothing = { storePath: project.storePath, backups: [], newest: undefined, totalSizeBytes: 0 };
    return await keepWhatIsNew(store, trigger, { catalog: nothing }, options);
  }
}

/** `known`: the backups that may hold the present state already. What none holds is synced while SQLite checks it. */
async function keepWhatIsNew(
  store: OpenStore,
  trigger: Trigger,
  known: { readonly catalog: Catalog },
  options: LookOptions,
): Promise<BackUpOutcome> {
  const staging = new Staging(store);
  try {
    const look = await lookAtLive(store.project, known, store.ports, {
      ...options,
      onNews: (image) => staging.begin(image),
    });
    switch (look.found) {
      case 'known':
        return { status: 'unchanged', backup: recordEvent(store, look.backup, trigger, look.state) };
      case 'known-damage': {
        const emergency = recordEvent(store, look.emergency, trigger, undefined);
        return { status: 'damaged', emergency, problems: emergency.metadata?.problems ?? [] };
      }
      case 'sound': {
        const backup = publishBackup(store, draftOf(store, trigger, look, await staging.take()));
        return await prune(store, backup, look.counts);
      }
      case 'damaged': {
        // First, so that a disk that is nearly full has room for it.
        await staging.discard();
        const emergency = await keepDamagedImage(store, trigger, look.image, look.problems);
        return { status: 'damaged', emergency, problems: look.problems };
      }
      case 'unreadable': {
        const emergency = await keepDamagedFiles(store, trigger, look.problem, look.state);
        return { status: 'damaged', emergency, problems: [look.problem.message] };
      }
    }
  } finally {
    await staging.discard();
  }
}

function draftOf(
  store: OpenStore,
  trigger: Trigger,
  { image, counts }: Extract<LiveLook, { found: 'sound' }>,
  imageTemporaryPath: string,
): Draft {
  const createdAt = store.ports.now();
  const sizeBytes = image.snapshot.image.length;
  return {
    kind: 'ordinary',
    idOf: (number) => formatBackupId(counts.total, createdAt, number, sanitiseReason(trigger.reason)),
    createdAt,
    imageTemporaryPath,
    sizeBytes,
    sideFiles: [],
    counts,
    metadata: draftMetadata(store, trigger, {
      createdAt,
      sizeBytes,
      sha256: image.sha256,
      state: image.snapshot.state,
      counts,
      check: image.inspection.check,
    }),
  };
}

async function prune(store: OpenStore, backup: Backup, counts: FeatureCounts): Promise<BackUpOutcome> {
  const { project, ports } = store;
  const backups = [backup, ...store.catalog.backups];
  warnOfUnknownMetadata(backups, ports);
  try {
    if (isShrunk(counts.total, backups, () => readAcknowledgement(project.storePath, ports.files))) {
      return { status: 'created', backup, pruned: [], pruningPaused: 'database-shrunk' };
    }
  } catch (error) {
    const pruneProblem = asBackupError(error, 'tell which older backups may go', project.storePath);
    return { status: 'created', backup, pruned: [], pruneProblem };
  }
  const plan = planRetention(backups, project.configuration.retention, ports.now(), 'sound');
  const { removed, problem } = retireBackups(store, isWorthRetiring(plan) ? plan.remove : []);
  const compressProblem = await compressOldest(
    store,
    plan.keep.map((kept) => kept.backup),
  );
  return { status: 'created', backup, pruned: removed, pruneProblem: problem ?? compressProblem };
}

/** One at a time, and no large one, for an agent waits: the others come with the next backups, or with a clean-up. */
async function compressOldest(store: OpenStore, kept: readonly Backup[]): Promise<BackupError | undefined> {
  const { project, ports } = store;
  const due = dueForCompression(kept, project.configuration.compression, ports.now())
    .filter(({ sizeBytes }) => sizeBytes <= QUICKLY_COMPRESSED_BYTES)
    .slice(0, 1);
  if (due.length === 0) return undefined;
  return (await compressBackups(store, due)).problem;
}

const QUICKLY_COMPRESSED_BYTES = 8 * 1024 * 1024;

/** Before anything is made for it: a project without a database gets no store. */
function refuseMissing(project: Project, ports: Ports): void {
  const { databasePath } = project;
  if (exists(liveDatabasePath(project, ports), ports)) return;
  throw new BackupError(`There is no database at ${databasePath}`, {
    code: 'database-not-found',
    operation: 'back up the database',
    path: databasePath,
    hint: 'If it was deleted, its backups are all still there; restore the newest.',
  });
}

function exists(databasePath: string, { files }: Ports): boolean {
  try {
    return files.statSync(databasePath, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw asBackupError(error, 'look at the database', databasePath);
  }
}

/**
 * Notes in the store that a backup failed, and why. At its best: where that cannot be written either, or not at once,
 * nothing is noted, and nothing is thrown.
 */
async function noteFailure(project: Project, error: unknown, ports: Ports): Promise<void> {
  if (error instanceof BackupError && PASSING_CODES.has(error.code)) return;
  const problem = error instanceof Error ? error.message : String(error);
  try {
    await noteJob(project, 'backup', problem, ports, { timeoutMs: LOCK_TIMEOUT_MS });
  } catch {
    // The failure itself is thrown to the caller, and says more.
  }
}

/** Notes that backups work again, where one had failed. For the holder of the store's lock; throws nothing. */
function forgetFailure({ project, lock, ports }: OpenStore): void {
  try {
    if (readJobs(project, ports).backup?.ok === false) noteJobUnderLock(project, 'backup', undefined, lock, ports);
  } catch {
    // The backup is safe; that it came after the failure shows all the same.
  }
}

/** Another process is at it just now, or somebody changed his mind: no backup is lost by that. */
const PASSING_CODES: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>(['store-busy', 'cancelled']);

/** An agent or a commit is waiting for the failure. */
const LOCK_TIMEOUT_MS = 200;
