import {
  asBackupError,
  BackupError,
  DAMAGE_CODES,
  removeQuietly,
  copyLiveFile,
  sha256Of,
  uniqueToken,
  systemOf,
  type CopyResult,
  type StoreLock,
  type Ports,
} from '../system/index.js';
import type { Inspection } from '../database/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { takeSnapshot, type DatabaseFingerprint } from '../snapshot/index.js';
import {
  formatEmergencyId,
  openStore,
  recordEvent,
  SIDE_FILE_SUFFIXES,
  temporaryPath,
  isMetadataUnknown,
  type OpenStore,
  type Backup,
  type SideFile,
  type Trigger,
} from '../store/index.js';
import { inspectWithTimeLimit, inspectionProblems, type LiveImage } from '../live/index.js';
import { draftMetadata, publishBackup, stageImage, type EmergencyFacts, type NewBackup } from './publishBackup.js';

/**
 * Saves the live database, intact or not: as a consistent snapshot, else as raw files with their `-wal` and `-journal`.
 * If the newest emergency backup already has this content, adds the trigger to its events. `image`: a snapshot already
 * taken.
 *
 * The store must be prepared and locked. Throws if it cannot be saved: `database-busy`, `disk-full` …
 */
export async function saveEmergency(
  project: Project,
  trigger: Trigger,
  ports: Ports,
  lock: StoreLock,
  image?: Buffer,
): Promise<Backup> {
  const store = openStore(project, ports, lock);
  if (image !== undefined) return await checkAndSave(store, trigger, image, undefined);
  try {
    const snapshot = await takeSnapshot(liveDatabasePath(project, ports), ports);
    return await checkAndSave(store, trigger, snapshot.image, snapshot.fingerprint);
  } catch (error) {
    if (!(error instanceof BackupError) || !RAW_INSTEAD.has(error.code)) throw error;
    return await saveDamagedFiles(store, trigger, error, undefined);
  }
}

/** Waiting cannot help to take a snapshot. A database of which only side files exist counts too. */
const RAW_INSTEAD: ReadonlySet<string> = new Set([...DAMAGE_CODES, 'database-not-found', 'too-large']);

/** Saves an image that does not verify. */
export async function saveDamagedImage(
  store: OpenStore,
  trigger: Trigger,
  { snapshot, sha256, inspection }: LiveImage,
  problems: readonly string[],
): Promise<Backup> {
  return await saveImage(store, trigger, {
    image: snapshot.image,
    sha256,
    state: snapshot.fingerprint,
    inspection,
    problems,
  });
}

/** Saves the raw files if they give no consistent image. Throws `problem`, the reason, if no files exist. */
export async function saveDamagedFiles(
  store: OpenStore,
  trigger: Trigger,
  problem: BackupError,
  state: DatabaseFingerprint | undefined,
): Promise<Backup> {
  const { database, sides } = await copyFiles(store, problem);
  return await publishUnlessSaved(store, trigger, {
    ...database,
    state,
    inspection: undefined,
    facts: { content: 'raw', problems: [problem.message], sideFiles: sides.map((side) => side.file) },
    sides,
  });
}

async function checkAndSave(
  store: OpenStore,
  trigger: Trigger,
  image: Buffer,
  state: DatabaseFingerprint | undefined,
): Promise<Backup> {
  const inspection = await inspectWithTimeLimit(image);
  const problems = inspectionProblems(inspection);
  return await saveImage(store, trigger, { image, sha256: sha256Of(image), state, inspection, problems });
}

interface CheckedImage {
  readonly image: Buffer;
  readonly sha256: string;
  readonly state: DatabaseFingerprint | undefined;
  readonly inspection: Inspection;
  readonly problems: readonly string[];
}

async function saveImage(store: OpenStore, trigger: Trigger, checked: CheckedImage): Promise<Backup> {
  const { image, problems, ...known } = checked;
  return await publishUnlessSaved(store, trigger, {
    ...known,
    temporaryPath: undefined,
    image,
    sizeBytes: image.length,
    facts: { content: 'database', problems, sideFiles: undefined },
    sides: [],
  });
}

interface Emergency extends CopyResult {
  /** Undefined if `image` is not written yet. */
  readonly temporaryPath: string | undefined;
  readonly image?: Buffer;
  readonly state: DatabaseFingerprint | undefined;
  readonly inspection: Inspection | undefined;
  readonly facts: EmergencyFacts;
  readonly sides: readonly CopiedSide[];
}

/** An agent that keeps writing to a damaged database triggers many backups: one for each distinct content. */
async function publishUnlessSaved(store: OpenStore, trigger: Trigger, made: Emergency): Promise<Backup> {
  const newest = store.catalog.backups.find((backup) => backup.kind === 'emergency');
  const existing = newest !== undefined && matches(newest, made) ? addEvent(store, newest, trigger, made) : undefined;
  if (existing !== undefined) {
    for (const path of temporaryPathsOf(made)) removeQuietly(path, store.ports.files);
    return existing;
  }
  const createdAt = store.ports.now();
  const counts = made.inspection?.counts;
  return publishBackup(store, {
    kind: 'emergency',
    idOf: (number) => formatEmergencyId(createdAt, number),
    createdAt,
    imageTemporaryPath: made.temporaryPath ?? (await stageImage(store, made.image ?? Buffer.alloc(0))),
    sizeBytes: made.sizeBytes,
    sideFiles: made.sides.map(({ file, temporaryPath: path }) => ({ suffix: file.suffix, temporaryPath: path })),
    counts,
    metadata: draftMetadata(
      store,
      trigger,
      { createdAt, sizeBytes: made.sizeBytes, sha256: made.sha256, state: made.state, counts, check: checkOf(made) },
      made.facts,
    ),
  });
}

/** Undefined if its metadata has become unreadable: a new backup then records the event. */
function addEvent(store: OpenStore, backup: Backup, trigger: Trigger, { state }: Emergency): Backup | undefined {
  try {
    return recordEvent(store, backup, trigger, state);
  } catch (error) {
    if (isMetadataUnknown(error)) return undefined;
    throw error;
  }
}

/** SQLite considers a database without a features table intact, but it is useless here. */
function checkOf({ inspection, facts }: Emergency): NewBackup['check'] {
  return inspection && { check: inspection.check.check, ok: facts.problems.length === 0 };
}

function matches({ metadata, content, compressed, sizeBytes }: Backup, made: Emergency): boolean {
  if (metadata?.sha256 !== made.sha256 || content !== made.facts.content) return false;
  if (!compressed && sizeBytes !== made.sizeBytes) return false;
  return fingerprint(metadata.sideFiles) === fingerprint(made.facts.sideFiles);
}

function fingerprint(sideFiles: readonly SideFile[] | undefined): string {
  return (sideFiles ?? []).map((side) => side.suffix + side.sha256).join(' ');
}

interface CopiedSide {
  readonly file: SideFile;
  readonly temporaryPath: string;
}

interface CopiedFiles {
  readonly database: CopyResult & { readonly temporaryPath: string };
  readonly sides: readonly CopiedSide[];
}

async function copyFiles(store: OpenStore, problem: BackupError): Promise<CopiedFiles> {
  const { project, ports, lock } = store;
  const source = liveDatabasePath(project, ports);
  const token = uniqueToken(systemOf(ports));
  const copy = (suffix: string): (CopyResult & { temporaryPath: string }) | undefined => {
    const target = temporaryPath(project.storePath, token, `.db${suffix}`);
    const copied = copyLiveFile(source + suffix, target, ports.files, () => {
      lock.assertHeld();
    });
    return copied && { ...copied, temporaryPath: target };
  };
  try {
    const database = copy('');
    const sides = SIDE_FILE_SUFFIXES.flatMap((suffix) => {
      const copied = copy(suffix);
      return copied === undefined
        ? []
        : [
            {
              file: { suffix, sizeBytes: copied.sizeBytes, sha256: copied.sha256 },
              temporaryPath: copied.temporaryPath,
            },
          ];
    });
    return { database: database ?? (await emptyDatabase(store, sides, problem)), sides };
  } catch (error) {
    throw asBackupError(error, 'save the damaged database', project.storePath);
  }
}

/** A log without its database can still contain features; the image of the backup is then empty. */
async function emptyDatabase(
  store: OpenStore,
  sides: readonly CopiedSide[],
  problem: BackupError,
): Promise<CopiedFiles['database']> {
  if (sides.length === 0) throw problem;
  const empty = Buffer.alloc(0);
  return { temporaryPath: await stageImage(store, empty), sizeBytes: 0, sha256: sha256Of(empty) };
}

function temporaryPathsOf(made: Emergency): readonly string[] {
  const paths = made.sides.map((side) => side.temporaryPath);
  return made.temporaryPath === undefined ? paths : [made.temporaryPath, ...paths];
}
