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
import { draftMetadata, publishBackup, stageImage, type EmergencyDetails, type NewBackup } from './publishBackup.js';

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
    if (!(error instanceof BackupError) || !RAW_COPY_CODES.has(error.code)) throw error;
    return await saveDamagedFiles(store, trigger, error, undefined);
  }
}

/** Trying again cannot produce a snapshot. `database-not-found`: the side files may exist without the database. */
const RAW_COPY_CODES: ReadonlySet<string> = new Set([...DAMAGE_CODES, 'database-not-found', 'too-large']);

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
    fingerprint: snapshot.fingerprint,
    inspection,
    problems,
  });
}

/** Saves the raw files if they give no consistent image. Throws `problem`, the reason, if no files exist. */
export async function saveDamagedFiles(
  store: OpenStore,
  trigger: Trigger,
  problem: BackupError,
  fingerprint: DatabaseFingerprint | undefined,
): Promise<Backup> {
  const { database, copiedSideFiles } = await copyFiles(store, problem);
  return await publishUnlessSaved(store, trigger, {
    ...database,
    fingerprint,
    inspection: undefined,
    details: { content: 'raw', problems: [problem.message], sideFiles: copiedSideFiles.map((side) => side.file) },
    copiedSideFiles,
  });
}

async function checkAndSave(
  store: OpenStore,
  trigger: Trigger,
  image: Buffer,
  fingerprint: DatabaseFingerprint | undefined,
): Promise<Backup> {
  const inspection = await inspectWithTimeLimit(image);
  const problems = inspectionProblems(inspection);
  return await saveImage(store, trigger, { image, sha256: sha256Of(image), fingerprint, inspection, problems });
}

interface CheckedImage {
  readonly image: Buffer;
  readonly sha256: string;
  readonly fingerprint: DatabaseFingerprint | undefined;
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
    details: { content: 'database', problems, sideFiles: undefined },
    copiedSideFiles: [],
  });
}

interface Emergency extends CopyResult {
  /** Undefined if `image` is not written yet. */
  readonly temporaryPath: string | undefined;
  readonly image?: Buffer;
  readonly fingerprint: DatabaseFingerprint | undefined;
  readonly inspection: Inspection | undefined;
  readonly details: EmergencyDetails;
  readonly copiedSideFiles: readonly CopiedSideFile[];
}

/** An agent that keeps writing to a damaged database triggers many backups, so the same content is saved only once. */
async function publishUnlessSaved(store: OpenStore, trigger: Trigger, emergency: Emergency): Promise<Backup> {
  const newest = store.catalog.backups.find((backup) => backup.kind === 'emergency');
  const existing =
    newest !== undefined && matches(newest, emergency) ? addEvent(store, newest, trigger, emergency) : undefined;
  if (existing !== undefined) {
    for (const path of temporaryPathsOf(emergency)) removeQuietly(path, store.ports.files);
    return existing;
  }
  const createdAt = store.ports.now();
  const counts = emergency.inspection?.counts;
  return publishBackup(store, {
    kind: 'emergency',
    idOf: (number) => formatEmergencyId(createdAt, number),
    createdAt,
    imageTemporaryPath: emergency.temporaryPath ?? (await stageImage(store, emergency.image ?? Buffer.alloc(0))),
    sizeBytes: emergency.sizeBytes,
    sideFiles: emergency.copiedSideFiles.map(({ file, temporaryPath: path }) => ({
      suffix: file.suffix,
      temporaryPath: path,
    })),
    counts,
    metadata: draftMetadata(
      store,
      trigger,
      {
        createdAt,
        sizeBytes: emergency.sizeBytes,
        sha256: emergency.sha256,
        fingerprint: emergency.fingerprint,
        counts,
        check: checkOf(emergency),
      },
      emergency.details,
    ),
  });
}

/** Undefined if its metadata has become unreadable: a new backup then records the event. */
function addEvent(store: OpenStore, backup: Backup, trigger: Trigger, { fingerprint }: Emergency): Backup | undefined {
  try {
    return recordEvent(store, backup, trigger, fingerprint);
  } catch (error) {
    if (isMetadataUnknown(error)) return undefined;
    throw error;
  }
}

/** SQLite's check passes a database without a features table; this program does not. */
function checkOf({ inspection, details }: Emergency): NewBackup['check'] {
  return inspection && { check: inspection.check.check, ok: details.problems.length === 0 };
}

function matches({ metadata, content, compressed, sizeBytes }: Backup, emergency: Emergency): boolean {
  if (metadata?.sha256 !== emergency.sha256 || content !== emergency.details.content) return false;
  if (!compressed && sizeBytes !== emergency.sizeBytes) return false;
  return sideFileKey(metadata.sideFiles) === sideFileKey(emergency.details.sideFiles);
}

function sideFileKey(sideFiles: readonly SideFile[] | undefined): string {
  return (sideFiles ?? []).map((side) => side.suffix + side.sha256).join(' ');
}

interface CopiedSideFile {
  readonly file: SideFile;
  readonly temporaryPath: string;
}

interface CopiedFiles {
  readonly database: CopyResult & { readonly temporaryPath: string };
  readonly copiedSideFiles: readonly CopiedSideFile[];
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
    const copiedSideFiles = SIDE_FILE_SUFFIXES.flatMap((suffix) => {
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
    return { database: database ?? (await emptyDatabase(store, copiedSideFiles, problem)), copiedSideFiles };
  } catch (error) {
    throw asBackupError(error, 'save the damaged database', project.storePath);
  }
}

/** A `-wal` without its database can still contain features; the backup's image is then empty. */
async function emptyDatabase(
  store: OpenStore,
  copiedSideFiles: readonly CopiedSideFile[],
  problem: BackupError,
): Promise<CopiedFiles['database']> {
  if (copiedSideFiles.length === 0) throw problem;
  const empty = Buffer.alloc(0);
  return { temporaryPath: await stageImage(store, empty), sizeBytes: 0, sha256: sha256Of(empty) };
}

function temporaryPathsOf(emergency: Emergency): readonly string[] {
  const paths = emergency.copiedSideFiles.map((side) => side.temporaryPath);
  return emergency.temporaryPath === undefined ? paths : [emergency.temporaryPath, ...paths];
}
