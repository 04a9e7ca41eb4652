import { checkKindFor, inspectImage, type CheckKind, type FeatureCounts, type Inspection } from '../database/index.js';
import {
  takeSnapshot,
  isProvablyUnchanged,
  isSameFingerprint,
  readFingerprint,
  OpenFiles,
  hasSameBytes,
  type DatabaseFingerprint,
  type Snapshot,
  type SnapshotOptions,
} from '../snapshot/index.js';
import { BackupError, DAMAGE_CODES, systemErrorCode, sha256Of, systemOf, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { newestFirst, type Backup, type Catalog } from '../store/index.js';

/** The state of the live database, according to the cheapest conclusive check. */
export type LiveState = Exclude<LiveChange, NewImage> | ImageVerification;

/** The state before SQLite has checked a new image. */
export type LiveChange =
  | KnownState
  | NewImage
  /** No consistent image: not a database, an unreadable write-ahead log … */
  | {
      readonly status: 'unreadable';
      readonly problem: BackupError;
      readonly fingerprint: DatabaseFingerprint | undefined;
    };

export type KnownState =
  /** The newest backup already contains this state. `fingerprint`: that of the files, if it has changed. */
  | { readonly status: 'known'; readonly backup: Backup; readonly fingerprint: DatabaseFingerprint | undefined }
  /** Damaged, and unchanged since this emergency backup. */
  | { readonly status: 'known-damage'; readonly emergency: Backup };

/** A consistent image that matches no known backup. */
export interface NewImage {
  readonly status: 'new';
  readonly snapshot: Snapshot;
  /** Only if a compressed backup had to be compared by checksum. */
  readonly sha256?: string;
}

export type ImageVerification =
  | { readonly status: 'sound'; readonly image: LiveImage; readonly counts: FeatureCounts }
  /** It fails SQLite's check, or has no features table. */
  | { readonly status: 'damaged'; readonly image: LiveImage; readonly problems: readonly string[] };

export interface LiveImage {
  readonly snapshot: Snapshot;
  readonly sha256: string;
  readonly inspection: Inspection;
}

export interface DetectOptions extends SnapshotOptions {
  /** The backup that most likely contains the current state. If it does, nothing else in the store is read. */
  readonly expectedBackup?: Backup | undefined;
}

/** Throws errors that do not mean damage: `database-not-found`, `database-busy`, `permission-denied` … */
export async function detectLiveState(
  project: Project,
  store: { readonly catalog: Catalog },
  ports: Ports,
  options: DetectOptions = {},
): Promise<LiveState> {
  const change = await findChange(project, store, ports, options);
  return change.status === 'new' ? await verifyImage(change) : change;
}

/** The part of `detectLiveState` that needs no SQLite. Throws the same errors. */
export async function findChange(
  project: Project,
  store: { readonly catalog: Catalog },
  ports: Ports,
  options: DetectOptions = {},
): Promise<LiveChange> {
  const fingerprint = readFingerprint(liveDatabasePath(project, ports), ports);
  const quick =
    fingerprint && (await compareWithExpected(options.expectedBackup, fingerprint, project, ports, options));
  if (quick?.known !== undefined) return quick.known;
  // Reading `catalog` reads the metadata of the whole store, so it comes last.
  const { catalog } = store;
  const known = fingerprint && findKnownState(catalog, fingerprint, ports);
  if (known !== undefined) return known;
  const snapshot = quick?.snapshot ?? (await snapshotOrDamage(project, ports, options));
  if (snapshot instanceof BackupError) return { status: 'unreadable', problem: snapshot, fingerprint };
  const { newest } = catalog;
  const candidate = newest !== undefined && isIntact(newest) ? newest : undefined;
  if (candidate?.compressed === true) {
    // A compressed backup can only be compared by checksum.
    const sha256 = sha256Of(snapshot.image);
    if (candidate.metadata?.sha256 !== sha256) return { status: 'new', snapshot, sha256 };
    return { status: 'known', backup: candidate, fingerprint: snapshot.fingerprint };
  }
  // Compared before it is hashed: for a small database, loading the hash takes longer than reading the backup.
  const isCompared = quick?.snapshot !== undefined && candidate?.id === options.expectedBackup?.id;
  if (candidate !== undefined && !isCompared && matchesImage(candidate, snapshot.image, ports)) {
    return { status: 'known', backup: candidate, fingerprint: snapshot.fingerprint };
  }
  return { status: 'new', snapshot };
}

/** Checks a new image with SQLite. */
export async function verifyImage({
  snapshot,
  sha256 = sha256Of(snapshot.image),
}: NewImage): Promise<ImageVerification> {
  const inspection = await inspectWithTimeLimit(snapshot.image);
  const image = { snapshot, sha256, inspection };
  const problems = inspectionProblems(inspection);
  const { counts } = inspection;
  if (problems.length > 0) return { status: 'damaged', image, problems };
  if (counts === undefined) return { status: 'damaged', image, problems: ['The features cannot be counted'] };
  return { status: 'sound', image, counts };
}

interface QuickCheck {
  readonly known?: KnownState;
  /** The snapshot, if it was taken and differs from the expected backup. */
  readonly snapshot?: Snapshot | BackupError;
}

/** Compares the fingerprint if that is conclusive, else the content. */
async function compareWithExpected(
  expected: Backup | undefined,
  fingerprint: DatabaseFingerprint,
  project: Project,
  ports: Ports,
  options: SnapshotOptions,
): Promise<QuickCheck> {
  const stored = expected?.metadata?.state;
  if (expected === undefined || stored === undefined || !isIntact(expected) || !isSameFingerprint(stored, fingerprint))
    return {};
  if (isUnchanged(stored, fingerprint, ports))
    return { known: { status: 'known', backup: expected, fingerprint: undefined } };
  const snapshot = await snapshotOrDamage(project, ports, options);
  if (snapshot instanceof BackupError || !matchesImage(expected, snapshot.image, ports)) return { snapshot };
  return { known: { status: 'known', backup: expected, fingerprint: snapshot.fingerprint } };
}

/** Whether a backup contains the current state, by the fingerprint alone; false if only the content could prove it. */
export function isBackedUp(project: Project, catalog: Catalog, ports: Ports): boolean {
  const fingerprint = readFingerprint(liveDatabasePath(project, ports), ports);
  return fingerprint !== undefined && findKnownState(catalog, fingerprint, ports) !== undefined;
}

/** False if the backup cannot be read; a new one is then made. */
function matchesImage({ path }: Backup, image: Buffer, ports: Ports): boolean {
  const files = new OpenFiles(ports.files);
  try {
    const file = files.open(path);
    return file !== undefined && hasSameBytes(file, image);
  } catch (error) {
    if (error instanceof BackupError || systemErrorCode(error) !== undefined) return false;
    throw error;
  } finally {
    files.closeAll();
  }
}

/** A check that exceeds its time limit counts as failed. */
export async function inspectWithTimeLimit(
  image: Buffer,
  kind: CheckKind = checkKindFor(image.length),
): Promise<Inspection> {
  try {
    return await inspectImage(image, kind);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'time-limit') throw error;
    return { check: { check: kind, ok: false, problems: [error.message] }, shape: undefined, counts: undefined };
  }
}

/** The problems with an image; empty if it is an intact feature database. */
export function inspectionProblems({ check, shape }: Inspection): readonly string[] {
  if (!check.ok) return check.problems.length > 0 ? check.problems : [`${check.check} failed`];
  if (shape === 'no-table') return ['The database has no table "features"'];
  if (shape === 'other-shape') return ['The table "features" lacks required columns'];
  return [];
}

function findKnownState(catalog: Catalog, fingerprint: DatabaseFingerprint, ports: Ports): KnownState | undefined {
  const { newest } = catalog;
  if (newest !== undefined && isIntact(newest) && hasFingerprint(newest, fingerprint, ports)) {
    return { status: 'known', backup: newest, fingerprint: undefined };
  }
  const emergency = catalog.backups.find((backup) => backup.kind === 'emergency');
  if (emergency === undefined || (newest !== undefined && newestFirst(newest, emergency) < 0)) return undefined;
  const isDamage = (emergency.metadata?.problems ?? []).length > 0;
  return isDamage && hasFingerprint(emergency, fingerprint, ports) ? { status: 'known-damage', emergency } : undefined;
}

function hasFingerprint(backup: Backup, fingerprint: DatabaseFingerprint, ports: Ports): boolean {
  const stored = backup.metadata?.state;
  return stored !== undefined && isUnchanged(stored, fingerprint, ports);
}

/**
 * SQLite need not sync every commit: a log seen before the system started may have lost its end in a power failure, but
 * not its size and times.
 */
function isUnchanged(stored: DatabaseFingerprint, now: DatabaseFingerprint, ports: Ports): boolean {
  const bootMs = ports.now().getTime() - systemOf(ports).uptimeMs();
  const mayHaveLostCommits = stored.wal !== null && stored.observedAtMs < bootMs;
  return !mayHaveLostCommits && isProvablyUnchanged(stored, now);
}

/**
 * Whether the backup was verified, and its size shows no damage since. Only then can it make a new backup unnecessary.
 */
function isIntact({ metadata, compressed, sizeBytes }: Backup): boolean {
  if (metadata?.verified?.ok !== true) return false;
  return compressed ? sizeBytes > 0 : sizeBytes === metadata.backupSizeBytes;
}

async function snapshotOrDamage(
  project: Project,
  ports: Ports,
  options: SnapshotOptions,
): Promise<Snapshot | BackupError> {
  try {
    return await takeSnapshot(liveDatabasePath(project, ports), ports, options);
  } catch (error) {
    if (error instanceof BackupError && DAMAGE_CODES.has(error.code)) return error;
    throw error;
  }
}
