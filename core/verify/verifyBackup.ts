import { BackupError, asBackupError, sha256Of, type Ports } from '../system/index.js';
import {
  changeBackup,
  contentProblem,
  isoWithOffset,
  updateMetadata,
  sideFileProblems,
  metadataUnknown,
  type Backup,
  type BackupMetadata,
} from '../store/index.js';
import { inspectImage } from '../database/index.js';
import type { Project } from '../project/index.js';
import { problemsOf } from '../live/index.js';
import { readBackupImage } from '../history/index.js';
import { countProblems } from './countProblems.js';
import type { QuarantinedBackup } from './quarantine/quarantinedBackup.js';

export interface VerifyOutcome {
  readonly backup: Backup;
  /** Of an emergency backup of a damaged database: whether it still is, byte for byte, what was saved. */
  readonly ok: boolean;
  /** What was saved is a damaged database: it can be put back as it was, and is nothing to go on with. */
  readonly holdsDamage?: true;
  readonly problems: readonly string[];
  /** Why the result could not be noted in the metadata; the result itself stands. */
  readonly recordProblem?: BackupError | undefined;
  /** It could not be read, which says nothing about it: no permission, a failing disk, a time limit. */
  readonly notExamined?: BackupError | undefined;
  /** Where it lies now, if it was moved aside. */
  readonly quarantined?: QuarantinedBackup | undefined;
  /** Why it is still in its place, though it was to be moved aside. */
  readonly quarantineProblem?: BackupError | undefined;
}

/**
 * Reads a stored backup again and proves it: size and hash as its metadata says, `integrity_check`, foreign keys,
 * feature count. The result is noted in the metadata; where that cannot be written, the outcome says so. An emergency
 * backup of something damaged is only proved to be what was saved, and the outcome says that too.
 *
 * Throws `backup-not-found`, and what kept it from looking (`permission-denied`, `time-limit`).
 */
export async function verifyBackup(project: Project, backup: Backup, ports: Ports): Promise<VerifyOutcome> {
  const findings = await examineBackup(backup, ports);
  const { ok, problems, holdsDamage } = findings;
  // `verified` speaks of the database in it: what was noted of the damaged one when it was saved stands.
  if (ok && holdsDamage) return { backup, ok, problems, holdsDamage };
  // A segment of the history is never written again; nobody looks for a note there.
  if (backup.history !== undefined) return { backup, ok, problems };
  try {
    return { backup: await record(project, backup, findings, ports), ok, problems };
  } catch (error) {
    const recordProblem = asBackupError(error, 'note the result of the verification', backup.path);
    return { backup, ok, problems, recordProblem };
  }
}

export interface Findings {
  readonly ok: boolean;
  /** Also of a sound backup: rows that point at rows which do not exist are the live database's own. */
  readonly problems: readonly string[];
  /** What the metadata of a sound backup should have said. */
  readonly learnt: Partial<BackupMetadata>;
  readonly holdsDamage?: true;
}

/** The same, and notes nothing. */
export async function examineBackup(backup: Backup, ports: Ports): Promise<Findings> {
  if (backup.kind === 'emergency' && backup.metadataProblem !== undefined) {
    // Only the metadata tell whether it is sound or what was saved of a damaged database.
    throw metadataUnknown(backup.id, backup.metadataProblem, 'verify the backup');
  }
  const image = imageOrProblem(backup, ports);
  if (typeof image === 'string') return { ok: false, problems: [image], learnt: {} };
  const sha256 = sha256Of(image);
  const sideProblems = backup.content === 'raw' ? sideFileProblems(backup, ports) : [];
  const changed = [contentProblem(backup, sha256), ...sideProblems].filter((problem) => problem !== undefined);
  if (changed.length > 0) return { ok: false, problems: changed, learnt: {} };
  if (isSavedDamage(backup)) {
    return { ok: true, problems: backup.metadata?.problems ?? [], learnt: {}, holdsDamage: true };
  }
  return await examineDatabase(backup, image, sha256, ports);
}

async function examineDatabase(backup: Backup, image: Buffer, sha256: string, ports: Ports): Promise<Findings> {
  const sizeBytes = image.length;
  // A copy that the original Python tool made of a file in WAL mode says so in its header ("Database File Format", 1.3).
  const selfContained = image.length < 100 ? image : image.fill(1, 18, 20);
  if (sizeBytes > LONG_CHECK_BYTES) ports.onProgress?.(`checking ${backup.id}`, 0, true);
  const inspection = await inspectImage(selfContained, 'integrity_check', undefined, { foreignKeys: true });
  // The other counts of the metadata are learnt anew below.
  const problems = [...problemsOf(inspection), ...countProblems(backup.counts, inspection.counts, ['total'])];
  if (problems.length > 0) return { ok: false, problems, learnt: {} };
  const learnt = {
    sha256,
    backupSizeBytes: sizeBytes,
    featureCount: inspection.counts?.total,
    passingCount: inspection.counts?.passing,
    inProgressCount: inspection.counts?.inProgress,
  };
  return { ok: true, problems: [...(inspection.check.foreignKeyViolations ?? []), ...drillProblems(backup)], learnt };
}

/** SQLite then works for a second or more without a word. */
const LONG_CHECK_BYTES = 32 * 1024 * 1024;

async function record(project: Project, backup: Backup, { ok, learnt }: Findings, ports: Ports): Promise<Backup> {
  const { metadataProblem } = backup;
  if (metadataProblem !== undefined) throw metadataUnknown(backup.id, metadataProblem, 'note the result');
  return await changeBackup(project, backup, ports, (store, current) => {
    store.lock.assertHeld();
    const verified = { at: isoWithOffset(ports.now()), check: 'integrity_check' } as const;
    const change = (metadata: BackupMetadata): BackupMetadata => ({
      ...metadata,
      ...learnt,
      // A failed drill outranks a check that passes: only another drill takes that back.
      verified: { ...verified, ok: ok && metadata.drilled?.ok !== false },
    });
    return updateMetadata(project.storePath, current, change, ports);
  });
}

function imageOrProblem(backup: Backup, ports: Ports): Buffer | string {
  try {
    return readBackupImage(backup, ports);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return error.message;
    throw error;
  }
}

/** An emergency backup of something damaged: raw files, or an image that did not pass SQLite's check. */
function isSavedDamage({ kind, content, metadata }: Backup): boolean {
  return kind === 'emergency' && (content === 'raw' || (metadata?.problems ?? []).length > 0);
}

function drillProblems({ metadata }: Backup): readonly string[] {
  return metadata?.drilled?.ok === false
    ? ['Its last restore drill failed; only another drill can take that back']
    : [];
}
