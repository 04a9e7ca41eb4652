import {
  asBackupError,
  BackupError,
  DAMAGE_CODES,
  removeQuietly,
  copyLive,
  sha256Of,
  uniqueToken,
  systemOf,
  type Copied,
  type StoreLock,
  type Ports,
} from '../system/index.js';
import type { Inspection } from '../database/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { takeSnapshot, type DatabaseState } from '../snapshot/index.js';
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
import { inspectOrGiveUp, problemsOf, type LiveImage } from '../live/index.js';
import { draftMetadata, publishBackup, stageImage, type EmergencyFacts, type NewBackup } from './publishBackup.js';

/**
 * Keeps whatever the live database is, sound or not: a consistent snapshot where one can be taken, else the raw files
 * with their `-wal` and `-journal`. Where the newest emergency backup holds just that already, the trigger is noted
 * there. `image`: a snapshot of it that the caller has taken.
 *
 * The store must be prepared and locked. Throws what keeps it from being saved: `database-busy`, `disk-full` …
 */
export async function saveEmergency(
  project: Project,
  trigger: Trigger,
  ports: Ports,
  lock: StoreLock,
  image?: Buffer,
): Promise<Backup> {
  const store = openStore(project, ports, lock);
  if (image !== undefined) return await keepImage(store, trigger, image, undefined);
  try {
    const snapshot = await takeSnapshot(liveDatabasePath(project, ports), ports);
    return await keepImage(store, trigger, snapshot.image, snapshot.state);
  } catch (error) {
    if (!(error instanceof BackupError) || !RAW_INSTEAD.has(error.code)) throw error;
    return await keepDamagedFiles(store, trigger, error, undefined);
  }
}

/** Where no snapshot can be had by waiting; a database that is only its side files counts as well. */
const RAW_INSTEAD: ReadonlySet<string> = new Set([...DAMAGE_CODES, 'database-not-found', 'too-large']);

/** An image that was found not to verify. */
export async function keepDamagedImage(
  store: OpenStore,
  trigger: Trigger,
  { snapshot, sha256, inspection }: LiveImage,
  problems: readonly string[],
): Promise<Backup> {
  return await keep(store, trigger, { image: snapshot.image, sha256, state: snapshot.state, inspection, problems });
}

/** The raw files, where they give no consistent image. `problem` is why, and is thrown where there are no files. */
export async function keepDamagedFiles(
  store: OpenStore,
  trigger: Trigger,
  problem: BackupError,
  state: DatabaseState | undefined,
): Promise<Backup> {
  const { database, sides } = await copyFiles(store, problem);
  return await publishUnlessKept(store, trigger, {
    ...database,
    state,
    inspection: undefined,
    facts: { content: 'raw', problems: [problem.message], sideFiles: sides.map((side) => side.file) },
    sides,
  });
}

async function keepImage(
  store: OpenStore,
  trigger: Trigger,
  image: Buffer,
  state: DatabaseState | undefined,
): Promise<Backup> {
  const inspection = await inspectOrGiveUp(image);
  const problems = problemsOf(inspection);
  return await keep(store, trigger, { image, sha256: sha256Of(image), state, inspection, problems });
}

interface KeptImage {
  readonly image: Buffer;
  readonly sha256: string;
  readonly state: DatabaseState | undefined;
  readonly inspection: Inspection;
  readonly problems: readonly string[];
}

async function keep(store: OpenStore, trigger: Trigger, kept: KeptImage): Promise<Backup> {
  const { image, problems, ...known } = kept;
  return await publishUnlessKept(store, trigger, {
    ...known,
    temporaryPath: undefined,
    image,
    sizeBytes: image.length,
    facts: { content: 'database', problems, sideFiles: undefined },
    sides: [],
  });
}

interface Emergency extends Copied {
  /** Undefined where `image` is still to be written. */
  readonly temporaryPath: string | undefined;
  readonly image?: Buffer;
  readonly state: DatabaseState | undefined;
  readonly inspection: Inspection | undefined;
  readonly facts: EmergencyFacts;
  readonly sides: readonly CopiedSide[];
}

/** An agent that goes on writing to a damaged database asks again and again: one backup for each distinct content. */
async function publishUnlessKept(store: OpenStore, trigger: Trigger, made: Emergency): Promise<Backup> {
  const newest = store.catalog.backups.find((backup) => backup.kind === 'emergency');
  const noted = newest !== undefined && holds(newest, made) ? noteOn(store, newest, trigger, made) : undefined;
  if (noted !== undefined) {
    for (const path of temporaryPathsOf(made)) removeQuietly(path, store.ports.files);
    return noted;
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

/** Undefined if its metadata cannot be read any more: then a new backup records the event. */
function noteOn(store: OpenStore, backup: Backup, trigger: Trigger, { state }: Emergency): Backup | undefined {
  try {
    return recordEvent(store, backup, trigger, state);
  } catch (error) {
    if (isMetadataUnknown(error)) return undefined;
    throw error;
  }
}

/** What has no features table is sound to SQLite, and is still nothing to rely on. */
function checkOf({ inspection, facts }: Emergency): NewBackup['check'] {
  return inspection && { check: inspection.check.check, ok: facts.problems.length === 0 };
}

function holds({ metadata, content, compressed, sizeBytes }: Backup, made: Emergency): boolean {
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
  readonly database: Copied & { readonly temporaryPath: string };
  readonly sides: readonly CopiedSide[];
}

async function copyFiles(store: OpenStore, problem: BackupError): Promise<CopiedFiles> {
  const { project, ports, lock } = store;
  const source = liveDatabasePath(project, ports);
  const token = uniqueToken(systemOf(ports));
  const copy = (suffix: string): (Copied & { temporaryPath: string }) | undefined => {
    const target = temporaryPath(project.storePath, token, `.db${suffix}`);
    const copied = copyLive(source + suffix, target, ports.files, () => {
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
    return { database: database ?? (await standIn(store, sides, problem)), sides };
  } catch (error) {
    throw asBackupError(error, 'keep the damaged database', project.storePath);
  }
}

/** A log whose database is gone can still hold features; the backup's own file is then empty. */
async function standIn(
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
