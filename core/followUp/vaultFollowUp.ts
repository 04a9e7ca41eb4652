import { join } from 'node:path';
import { asBackupError, BackupError, systemOf, userVaultFolder, withStoreLock, type Ports } from '../system/index.js';
import { findProject, readUserConfiguration, resolveDeletedProject, type Project } from '../project/index.js';
import { readProjectRecords, type ProjectRecord } from '../projects/index.js';
import { removeExpired, syncVault } from '../replication/index.js';
import { isSyncPendingIn } from '../vault/index.js';

/** At most one round a minute: agents can change their backlogs every second. */
const MIN_ROUND_INTERVAL_MS = 60_000;
/** A file in the vault whose modification time is the start of the last round. */
const LAST_ROUND_FILE = 'last-sync';

/**
 * Syncs all projects of the user with new backups into the vault, in at most one process and once a minute. Returns the
 * problems; undefined if another process is running.
 */
export async function runVaultFollowUp(ports: Ports): Promise<readonly string[] | undefined> {
  const vault = userVaultFolder(ports.environment);
  if (vault === undefined || !(await readUserConfiguration(ports)).vault) return [];
  const problems = new Map<string, string>();
  // A backup can be made at the end of a round, while the lock still prevents the start of another process.
  while (projectsToSync(vault, problems, ports).length > 0) {
    if (!(await runRoundExclusively(vault, problems, ports))) return undefined;
  }
  return [...problems.values()];
}

/** By the project's key in the vault. A project with a problem is not tried again by this process. */
type Problems = Map<string, string>;

/** False if another process is running. */
async function runRoundExclusively(vault: string, problems: Problems, ports: Ports): Promise<boolean> {
  try {
    await withStoreLock(
      vault,
      ports,
      async (lock) => {
        await systemOf(ports).pause(msToNextRound(vault, ports));
        lock.assertHeld();
        beginRound(vault, ports);
        for (const record of projectsToSync(vault, problems, ports)) {
          lock.assertHeld();
          const problem = await syncRecorded(record, ports);
          if (problem !== undefined) problems.set(record.vaultKeys[0], `${record.roots[0]}: ${problem.message}`);
        }
        try {
          await removeExpired(ports);
        } catch (error) {
          problems.set('', asBackupError(error, 'delete expired copies', vault).message);
        }
      },
      { timeoutMs: 0, name: 'the vault' },
    );
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-busy') return false;
    throw error;
  }
}

function projectsToSync(vault: string, problems: Problems, ports: Ports): readonly ProjectRecord[] {
  return readProjectRecords(ports, (warning) => ports.onWarning?.(warning)).filter(
    ({ vaultKeys }) => !problems.has(vaultKeys[0]) && vaultKeys.some((key) => isSyncPendingIn(join(vault, key), ports)),
  );
}

/** An unusable project, such as one with an invalid configuration file, does not stop the sync of the others. */
async function syncRecorded(record: ProjectRecord, ports: Ports): Promise<BackupError | undefined> {
  try {
    return await syncVault(await openRecorded(record, ports), ports, record);
  } catch (error) {
    return asBackupError(error, 'sync the vault', record.roots[0]);
  }
}

/** The project may have been deleted since its last backup; the vault then still contains a link to sync. */
async function openRecorded(record: ProjectRecord, ports: Ports): Promise<Project> {
  const { databasePath, storePath } = record;
  try {
    return await findProject(databasePath, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return await resolveDeletedProject({ root: record.roots[0], databasePath, storePath }, ports);
  }
}

function msToNextRound(vault: string, { files, now }: Ports): number {
  const last = files.statSync(join(vault, LAST_ROUND_FILE), { throwIfNoEntry: false });
  const elapsedMs = last === undefined ? MIN_ROUND_INTERVAL_MS : now().getTime() - last.mtimeMs;
  // If the clock was set back, the sync does not wait.
  return elapsedMs < 0 ? 0 : Math.max(0, MIN_ROUND_INTERVAL_MS - elapsedMs);
}

function beginRound(vault: string, { files, now }: Ports): void {
  const path = join(vault, LAST_ROUND_FILE);
  files.closeSync(files.openSync(path, 'a', 0o600));
  files.utimesSync(path, now(), now());
}
