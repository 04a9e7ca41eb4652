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
import { inspectionProblems } from '../live/index.js';
import { readBackupImage } from '../history/index.js';
import { countProblems } from './countProblems.js';
import type { QuarantinedBackup } from './quarantine/quarantinedBackup.js';

export interface VerifyOutcome {
  readonly backup: Backup;
  /** For an emergency backup of a damaged database: whether it still matches its checksum. */
  readonly ok: boolean;
  /** The backup is an intact copy of a damaged database, which can be restored but not used. */
  readonly isCopyOfDamaged?: true;
  readonly problems: readonly string[];
  /** Why the result could not be recorded in the metadata; the result itself is valid. */
  readonly recordProblem?: BackupError | undefined;
  /** Why the backup could not be read: no permission, a failing disk, a time limit. It may be intact. */
  readonly readError?: BackupError | undefined;
  /** Its path in the quarantine, if it was moved there. */
  readonly quarantined?: QuarantinedBackup | undefined;
  /** Why it could not be moved to the quarantine. */
  readonly quarantineProblem?: BackupError | undefined;
}

/**
 * Verifies a backup: size and checksum against its metadata, `integrity_check`, foreign keys, feature count. Records
 * the result in the metadata if possible. An emergency backup of a damaged database only has to match its checksum.
 *
 * Throws `backup-not-found`, and errors that prevent the check (`permission-denied`, `time-limit`).
 */
export async function verifyBackup(project: Project, backup: Backup, ports: Ports): Promise<VerifyOutcome> {
  const findings = await examineBackup(backup, ports);
  const { ok, problems, isCopyOfDamaged } = findings;
  // `verified` describes the saved database, which is still damaged.
  if (ok && isCopyOfDamaged) return { backup, ok, problems, isCopyOfDamaged };
  // A segment of the history is never rewritten, and neither is a copy in the vault.
  if (backup.history !== undefined || backup.isOnlyInVault) return { backup, ok, problems };
  try {
    return { backup: await recordResult(project, backup, findings, ports), ok, problems };
  } catch (error) {
    const recordProblem = asBackupError(error, 'record the result of the verification', backup.path);
    return { backup, ok, problems, recordProblem };
  }
}

export interface Findings {
  readonly ok: boolean;
  /** Also for an intact backup: foreign key violations exist in the live database too. */
  readonly problems: readonly string[];
  /** Values missing from the metadata of an intact backup. */
  readonly metadataUpdate: Partial<BackupMetadata>;
  readonly isCopyOfDamaged?: true;
}

/** Verifies a backup without recording the result. */
export async function examineBackup(backup: Backup, ports: Ports): Promise<Findings> {
  if (backup.kind === 'emergency' && backup.metadataProblem !== undefined) {
    // Only the metadata shows whether the saved database was damaged.
    throw metadataUnknown(backup.id, backup.metadataProblem, 'verify the backup');
  }
  const image = imageOrProblem(backup, ports);
  if (typeof image === 'string') return { ok: false, problems: [image], metadataUpdate: {} };
  const sha256 = sha256Of(image);
  const sideProblems = backup.content === 'raw' ? sideFileProblems(backup, ports) : [];
  const changed = [contentProblem(backup, sha256), ...sideProblems].filter((problem) => problem !== undefined);
  if (changed.length > 0) return { ok: false, problems: changed, metadataUpdate: {} };
  if (isCopyOfDamagedDatabase(backup)) {
    return { ok: true, problems: backup.metadata?.problems ?? [], metadataUpdate: {}, isCopyOfDamaged: true };
  }
  return await examineDatabase(backup, image, sha256, ports);
}

async function examineDatabase(backup: Backup, image: Buffer, sha256: string, ports: Ports): Promise<Findings> {
  const sizeBytes = image.length;
  // The original Python tool copied files in WAL mode unchanged ("Database File Format", 1.3).
  const selfContained = image.length < 100 ? image : image.fill(1, 18, 20);
  if (sizeBytes > LONG_CHECK_BYTES) ports.onProgress?.(`checking ${backup.id}`, 0, true);
  const inspection = await inspectImage(selfContained, 'integrity_check', undefined, { foreignKeys: true });
  // The other counts are corrected in the metadata.
  const problems = [...inspectionProblems(inspection), ...countProblems(backup.counts, inspection.counts, ['total'])];
  if (problems.length > 0) return { ok: false, problems, metadataUpdate: {} };
  const metadataUpdate = {
    sha256,
    backupSizeBytes: sizeBytes,
    featureCount: inspection.counts?.total,
    passingCount: inspection.counts?.passing,
    inProgressCount: inspection.counts?.inProgress,
  };
  return {
    ok: true,
    problems: [...(inspection.check.foreignKeyViolations ?? []), ...drillProblems(backup)],
    metadataUpdate,
  };
}

/** Above this size, the check takes a second or more, and SQLite reports no progress. */
const LONG_CHECK_BYTES = 32 * 1024 * 1024;

async function recordResult(
  project: Project,
  backup: Backup,
  { ok, metadataUpdate }: Findings,
  ports: Ports,
): Promise<Backup> {
  const { metadataProblem } = backup;
  if (metadataProblem !== undefined) throw metadataUnknown(backup.id, metadataProblem, 'record the result');
  return await changeBackup(project, backup, ports, (store, current) => {
    store.lock.assertHeld();
    const verified = { at: isoWithOffset(ports.now()), check: 'integrity_check' } as const;
    const change = (metadata: BackupMetadata): BackupMetadata => ({
      ...metadata,
      ...metadataUpdate,
      // A passing check does not clear a failed drill; only another drill does.
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

/** An emergency backup of a damaged database: raw files, or an image that failed SQLite's check. */
function isCopyOfDamagedDatabase({ kind, content, metadata }: Backup): boolean {
  return kind === 'emergency' && (content === 'raw' || (metadata?.problems ?? []).length > 0);
}

function drillProblems({ metadata }: Backup): readonly string[] {
  return metadata?.drilled?.ok === false ? ['Its last restore drill failed; only a passing drill can clear this'] : [];
}
