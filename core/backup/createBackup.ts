import {
  BackupError,
  asBackupError,
  removeQuietly,
  withStoreLock,
  type BackupErrorCode,
  type LockTimeout,
  type Ports,
  type StoreLock,
} from '../system/index.js';
import {
  newestByName,
  clearUnstoredFailure,
  recordUnstoredFailure,
  formatBackupId,
  isoWithOffset,
  sanitiseReason,
  openStore,
  prepareStore,
  recordEvent,
  JOBS_FILE,
  isMetadataUnknown,
  recordJobResult,
  recordJobResultUnderLock,
  readJobs,
  type Backup,
  type Trigger,
  type OpenStore,
} from '../store/index.js';
import { backupFinder } from '../history/index.js';
import {
  readProjectRecordOrWarn,
  recordProject,
  type HasBackup,
  type ProjectRecord,
  type RecordedBackup,
} from '../projects/index.js';
import { keepInVault } from '../vault/index.js';
import { pruneAfterBackup, type PruneResult } from '../retention/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import type { SnapshotOptions } from '../snapshot/index.js';
import {
  cleanUpRestoreOrWarn,
  findChange,
  verifyImage,
  type ImageVerification,
  type LiveChange,
  type NewImage,
} from '../live/index.js';
import { AgentLockTimeout, isForAgent } from './agentLockTimeout.js';
import { draftMetadata, publishBackup, stageImage, type Draft } from './publishBackup.js';
import { saveDamagedFiles, saveDamagedImage } from './saveEmergency.js';

export type BackUpOutcome =
  | ({ readonly status: 'created'; readonly backup: Backup } & PruneResult)
  /** The newest backup already contains this state; the trigger was added to its events. */
  | { readonly status: 'unchanged'; readonly backup: Backup }
  /** The live database does not verify; an emergency backup was made, and nothing was pruned. */
  | { readonly status: 'damaged'; readonly emergency: Backup; readonly problems: readonly string[] };

export interface CreateOptions extends SnapshotOptions {
  /** How long to wait for other processes that use the store; 15,000 by default, less for an agent's call. */
  readonly lockTimeoutMs?: number;
  /** Called after a new backup, damage or a failure; the caller of the backup waits for it. */
  readonly afterBackup?: AfterBackup | undefined;
  /** Further work under the same lock, after the state was stored. Must not throw. */
  readonly beforeUnlock?: ((stored: BackUpOutcome, lock: StoreLock) => Promise<void>) | undefined;
}

/** Must not throw. */
export type AfterBackup = (project: Project, ports: Ports) => void;

/**
 * Backs up the current state of the live database, or adds an event to the newest backup if that already contains it. A
 * live database that does not verify is saved as an emergency backup. Then prunes old backups; a failed prune never
 * fails the backup. See docs/architecture.md.
 *
 * Throws `database-not-found`, `database-busy`, `store-busy`, `unsafe-store`, `disk-full` and similar errors.
 */
export async function createBackup(
  project: Project,
  trigger: Trigger,
  ports: Ports,
  options: CreateOptions = {},
): Promise<BackUpOutcome> {
  let outcome: BackUpOutcome | undefined;
  const agentTimeout = isForAgent(trigger) ? new AgentLockTimeout(project, ports) : undefined;
  const lockTimeoutMs = options.lockTimeoutMs ?? agentTimeout?.timeoutMs;
  try {
    assertDatabaseExists(project, ports);
    outcome = await storeState(project, trigger, ports, { ...options, lockTimeoutMs });
    clearUnstoredFailure(project, ports);
    await recordOutsideProject(project, outcome, trigger, ports);
    return outcome;
  } catch (error) {
    // The caller may not report it; `status`, `check` and notifications do.
    await recordFailure(project, error, ports, agentTimeout?.heldLock);
    throw error;
  } finally {
    if (outcome?.status !== 'unchanged') options.afterBackup?.(project, ports);
  }
}

async function storeState(
  project: Project,
  trigger: Trigger,
  ports: Ports,
  options: Omit<CreateOptions, 'lockTimeoutMs'> & { readonly lockTimeoutMs?: LockTimeout | undefined },
): Promise<BackUpOutcome> {
  prepareStore(project, ports);
  return await withStoreLock(
    project.storePath,
    ports,
    async (lock) => {
      const store = openStore(project, ports, lock);
      cleanUpRestoreOrWarn(liveDatabasePath(project, ports), ports);
      const expectedBackup = newestByName(project.storePath, store.names, ports);
      const change = await findChange(project, store, ports, { ...options, expectedBackup });
      const stored = addEvent(store, trigger, change) ?? (await storeChange(store, trigger, change, options));
      if (store.names.has(JOBS_FILE)) recordSuccess(store);
      await options.beforeUnlock?.(stored, lock);
      return stored;
    },
    { timeoutMs: options.lockTimeoutMs },
  );
}

/** Records the project and the backup in the user's own folders, which survive the loss of both database and store. */
async function recordOutsideProject(
  project: Project,
  outcome: BackUpOutcome,
  { source }: Trigger,
  ports: Ports,
): Promise<void> {
  const record = await updateProjectRecord(project, outcome, ports);
  if (record === undefined) return;
  const backup = outcome.status === 'damaged' ? outcome.emergency : outcome.backup;
  // An agent's next command may delete the store, even if an earlier backup could not be copied.
  if (outcome.status !== 'unchanged' || source === 'agent-hook') {
    keepInVault(project, record.vaultKeys[0], backup, source, ports);
  }
}

/** After damage, only reads the record: it names the last intact backup. */
async function updateProjectRecord(
  project: Project,
  outcome: BackUpOutcome,
  ports: Ports,
): Promise<ProjectRecord | undefined> {
  if (outcome.status === 'damaged') {
    return readProjectRecordOrWarn(project.root, 'The backup itself is complete', ports);
  }
  const pruned = outcome.status === 'created' ? outcome.pruned : [];
  const hasBackup = backupFinder(project, ports);
  const hadBackup: HasBackup = (recorded) => pruned.some((backup) => backup.id === recorded.id) || hasBackup(recorded);
  return await recordProject(project, recordedBackup(outcome.backup), hadBackup, ports);
}

/** What the record of a project contains of a backup. */
export function recordedBackup({ id, createdAt, counts }: Backup): RecordedBackup {
  return { id, createdAt: isoWithOffset(createdAt), features: counts.total, passing: counts.passing };
}

/**
 * Adds the trigger to the events of the backup that contains this state. Undefined if no backup does, or if its metadata
 * has become unreadable: a new backup then records the event.
 */
function addEvent(store: OpenStore, trigger: Trigger, change: LiveChange): BackUpOutcome | undefined {
  try {
    if (change.status === 'known') {
      return { status: 'unchanged', backup: recordEvent(store, change.backup, trigger, change.fingerprint) };
    }
    if (change.status === 'known-damage') {
      const emergency = recordEvent(store, change.emergency, trigger, undefined);
      return { status: 'damaged', emergency, problems: emergency.metadata?.problems ?? [] };
    }
    return undefined;
  } catch (error) {
    if (isMetadataUnknown(error)) return undefined;
    throw error;
  }
}

/** Stores a state that no backup contains: as a backup, or as an emergency backup if it does not verify. */
async function storeChange(
  store: OpenStore,
  trigger: Trigger,
  change: LiveChange,
  options: SnapshotOptions,
): Promise<BackUpOutcome> {
  switch (change.status) {
    case 'new':
      return await storeImage(store, trigger, change);
    case 'unreadable': {
      const emergency = await saveDamagedFiles(store, trigger, change.problem, change.fingerprint);
      return { status: 'damaged', emergency, problems: [change.problem.message] };
    }
    case 'known':
    case 'known-damage': {
      // The event could not be added to the existing backup. With an empty catalog, the state counts as new.
      const { project, ports } = store;
      const emptyCatalog = { storePath: project.storePath, backups: [], newest: undefined, totalSizeBytes: 0 };
      return await storeChange(
        store,
        trigger,
        await findChange(project, { catalog: emptyCatalog }, ports, options),
        options,
      );
    }
  }
}

async function storeImage(store: OpenStore, trigger: Trigger, change: NewImage): Promise<BackUpOutcome> {
  // Syncing and checking run concurrently.
  const [staged, verification] = await Promise.allSettled([
    stageImage(store, change.snapshot.image),
    verifyImage(change),
  ]);
  if (verification.status === 'rejected') {
    removeStaged(staged, store);
    throw verification.reason;
  }
  const { value: verified } = verification;
  if (verified.status === 'damaged') {
    // Makes room for the emergency backup on a nearly full disk.
    removeStaged(staged, store);
    const emergency = await saveDamagedImage(store, trigger, verified.image, verified.problems);
    return { status: 'damaged', emergency, problems: verified.problems };
  }
  if (staged.status === 'rejected') throw staged.reason;
  const backup = publishBackup(store, draftOf(store, trigger, verified, staged.value));
  return { status: 'created', backup, ...(await pruneAfterBackup(store, backup, verified.counts)) };
}

function removeStaged(staged: PromiseSettledResult<string>, { ports }: OpenStore): void {
  if (staged.status === 'fulfilled') removeQuietly(staged.value, ports.files);
}

function draftOf(
  store: OpenStore,
  trigger: Trigger,
  { image, counts }: Extract<ImageVerification, { status: 'sound' }>,
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
      fingerprint: image.snapshot.fingerprint,
      counts,
      check: image.inspection.check,
    }),
  };
}

/** Called before anything is written: a project without a database gets no store. */
function assertDatabaseExists(project: Project, ports: Ports): void {
  const { databasePath } = project;
  if (exists(liveDatabasePath(project, ports), ports)) return;
  throw new BackupError(`No database exists at ${databasePath}`, {
    code: 'database-not-found',
    operation: 'back up the database',
    path: databasePath,
    hint: 'If it was deleted, restore the newest backup.',
  });
}

function exists(databasePath: string, { files }: Ports): boolean {
  try {
    return files.statSync(databasePath, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw asBackupError(error, 'read the database', databasePath);
  }
}

/**
 * Records that a backup failed, and why: in the store if it can be written, else in the user's state folder. Never throws,
 * and does not wait long for the store's lock.
 */
export async function recordFailure(project: Project, error: unknown, ports: Ports, heldLock?: string): Promise<void> {
  const { code, hint } = error instanceof BackupError ? error : {};
  if (code !== undefined && NO_FAILURES.has(code)) return;
  const problem = error instanceof Error ? error.message : String(error);
  const failure = { problem, hint, heldLock: code === 'store-busy' ? heldLock : undefined };
  try {
    if (code === 'store-busy') recordUnstoredFailure(project, failure, ports);
    else await recordJobResult(project, 'backup', failure.problem, ports, { timeoutMs: LOCK_TIMEOUT_MS });
  } catch {
    recordUnstoredFailure(project, failure, ports);
  }
}

/** Records that backups work again after a failure. Requires the store's lock; never throws. */
function recordSuccess({ project, lock, ports }: OpenStore): void {
  try {
    if (readJobs(project, ports).backup?.ok === false)
      recordJobResultUnderLock(project, 'backup', undefined, lock, ports);
  } catch {
    // Harmless: the new backup is newer than the recorded failure.
  }
}

/** The user cancelled, or there is no database, which `status` reports itself. */
const NO_FAILURES: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>(['cancelled', 'database-not-found']);

/** An agent or a commit may be waiting. */
const LOCK_TIMEOUT_MS = 200;
