import { BackupError, asBackupError, systemOf, type Ports } from '../system/index.js';
import { changeBackup, ReadingBudget, type Backup } from '../store/index.js';
import type { Project } from '../project/index.js';
import { removeLinksFromVault } from '../vault/index.js';
import { examineBackup, verifyBackup, type VerifyOutcome } from './verifyBackup.js';
import type { QuarantinedBackup } from './quarantine/quarantinedBackup.js';
import { moveToQuarantine } from './quarantine/moveToQuarantine.js';

export interface VerifyOptions {
  /** Moves backups that do not verify to the store's quarantine. Nothing is deleted. */
  readonly quarantine?: boolean | undefined;
}

/**
 * Verifies backups in turn. One that cannot be read (no permission, a failing disk) is reported and does not stop the
 * others; one that was pruned meanwhile is omitted.
 */
export async function verifyBackups(
  project: Project,
  backups: readonly Backup[],
  options: VerifyOptions,
  ports: Ports,
): Promise<readonly VerifyOutcome[]> {
  const outcomes: VerifyOutcome[] = [];
  const budget = new ReadingBudget(project.storePath, { timeMs: timeBudgetMs(backups) }, systemOf(ports));
  for (const [index, backup] of backups.entries()) {
    ports.onProgress?.(`verifying ${backup.id}`, index / backups.length);
    const outcome = await verifyOne(project, backup, ports, budget);
    if (outcome === undefined) continue;
    const mustQuarantine = options.quarantine === true && !outcome.ok && outcome.readError === undefined;
    outcomes.push(mustQuarantine ? await quarantine(project, outcome, ports) : outcome);
  }
  return outcomes;
}

/** Based on the stored size: a clone can bring thousands of small files, each of which decompresses to a gigabyte. */
function timeBudgetMs(backups: readonly Backup[]): number {
  const storedBytes = backups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return MIN_MS + Math.min(storedBytes / BYTES_PER_MS, MAX_MS);
}

const MIN_MS = 30 * 60_000;
const MAX_MS = 24 * 60 * 60_000;
/** 1 MB per second: even a slow disk with a full check is faster. */
const BYTES_PER_MS = 1000;

async function verifyOne(
  project: Project,
  backup: Backup,
  ports: Ports,
  budget?: ReadingBudget,
): Promise<VerifyOutcome | undefined> {
  try {
    budget?.spend(0);
    return await verifyBackup(project, backup, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'backup-not-found') return undefined;
    return { backup, ok: false, problems: [error.message], readError: error };
  }
}

/** A state of the history stays in its segment, because later states are rebuilt from it. The vault has no quarantine. */
async function quarantine(project: Project, outcome: VerifyOutcome, ports: Ports): Promise<VerifyOutcome> {
  const { backup } = outcome;
  if (backup.history !== undefined || backup.isOnlyInVault) return outcome;
  try {
    const quarantined = await quarantineIfStillDamaged(project, backup, ports);
    if (quarantined !== undefined) return { ...outcome, quarantined };
    return (await verifyOne(project, backup, ports)) ?? outcome;
  } catch (error) {
    const operation = 'quarantine the damaged backup';
    return { ...outcome, quarantineProblem: asBackupError(error, operation, backup.path) };
  }
}

/** Checks again under the lock: the disk may have returned wrong data once, or the backup was compressed meanwhile. */
async function quarantineIfStillDamaged(
  project: Project,
  backup: Backup,
  ports: Ports,
): Promise<QuarantinedBackup | undefined> {
  return await changeBackup(project, backup, ports, async (store, current) => {
    const { ok, problems } = await examineBackup(current, ports);
    if (ok) return undefined;
    const quarantined = moveToQuarantine(store, current, problems);
    removeLinksFromVault(project, current, ports);
    return quarantined;
  });
}
