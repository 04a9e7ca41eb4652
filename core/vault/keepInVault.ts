import { basename, dirname, join } from 'node:path';
import {
  asBackupError,
  copyLiveFile,
  isNotFound,
  removeQuietly,
  systemErrorCode,
  systemOf,
  uniqueToken,
  type FileSystem,
  type Ports,
} from '../system/index.js';
import { makeStateFolder, type Project } from '../project/index.js';
import { findStoredBackup, metadataPath, temporaryPath, type Backup, type TriggerSource } from '../store/index.js';
import { renumberCopy } from './renumberCopy.js';
import { SYNC_PENDING_FILE, vaultFolder } from './vaultFolder.js';

/**
 * Links a backup into the vault, because the next command may delete the store. The link is not synced to disk: a power
 * failure that loses it leaves the store intact. If vault and store are on different file systems, the next sync copies
 * the backup; before a tool of an agent runs, it is copied here. Never throws: a failure is a warning.
 */
export function keepInVault(project: Project, key: string, backup: Backup, source: TriggerSource, ports: Ports): void {
  const folder = vaultFolder(project, key, ports);
  // Raw files are not copied to targets either.
  if (folder === undefined || backup.content === 'raw') return;
  try {
    const existing = findStoredBackup(backup.id, folder, ports);
    if (existing !== undefined && !isOtherContent(existing, backup)) return;
    requestSync(folder, ports);
    if (existing !== undefined) renumberCopy(existing, folder, ports);
    const paths = [metadataPath(project.storePath, backup.id), backup.path];
    if (paths.every((path) => link(path, folder, ports))) return;
    if (source === 'agent-hook') copyQuickly(paths, folder, ports);
  } catch (error) {
    warnOfVault(error, folder, 'The backup itself is complete', ports);
  }
}

/** After its store was deleted, a new backup in the same second can get the name of an earlier one. */
function isOtherContent({ metadata }: Backup, backup: Backup): boolean {
  const sums = [metadata?.sha256, backup.metadata?.sha256];
  return !sums.includes(undefined) && sums[0] !== sums[1];
}

/** Errors for another file system, or one without hard links. Linux also refuses links to files of other users. */
const CODES_WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set([
  ...['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'],
]);

/** For a project's folder in the vault; creates it. */
export function requestSync(folder: string, ports: Ports): void {
  const path = join(folder, SYNC_PENDING_FILE);
  try {
    touch(path, ports.files);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    makeFolder(folder, ports);
    touch(path, ports.files);
  }
}

function touch(path: string, files: FileSystem): void {
  files.closeSync(files.openSync(path, 'a', 0o600));
}

function makeFolder(folder: string, ports: Ports): void {
  const vault = dirname(folder);
  const isFirstUse = ports.files.statSync(vault, { throwIfNoEntry: false }) === undefined;
  makeStateFolder(folder, ports);
  if (!isFirstUse) return;
  ports.onNotice?.(
    `A copy of every backup is also kept in ${vault}, in case a project is deleted together with its backups. ` +
      'To turn this off, set "vault": false in your user configuration file',
  );
}

/** False if links are impossible there. */
function link(path: string, folder: string, { files }: Ports): boolean {
  try {
    files.linkSync(path, join(folder, basename(path)));
  } catch (error) {
    const code = systemErrorCode(error);
    if (CODES_WITHOUT_LINKS.has(code)) return false;
    // ENOENT: a backup can have no metadata. EEXIST: another process has linked it.
    if (code !== 'EEXIST' && !isNotFound(error)) throw error;
  }
  return true;
}

/** Short, because an agent is waiting. */
const MAX_COPY_MS = 2000;

/** The next sync replaces these copies, like links, with compressed ones. */
function copyQuickly(paths: readonly string[], folder: string, ports: Ports): void {
  const endMs = systemOf(ports).monotonicMs() + MAX_COPY_MS;
  const temporary = temporaryPath(folder, uniqueToken(systemOf(ports)));
  try {
    for (const path of paths) {
      const copied = copyLiveFile(path, temporary, ports.files, () => {
        if (systemOf(ports).monotonicMs() > endMs) throw new CopyTimeout();
      });
      if (copied !== undefined) ports.files.renameSync(temporary, join(folder, basename(path)));
    }
  } catch (error) {
    removeQuietly(temporary, ports.files);
    // The next sync copies it.
    if (!(error instanceof CopyTimeout)) throw error;
  }
}

class CopyTimeout extends Error {}

/** `success`: a sentence about the work that the vault does not affect. */
export function warnOfVault(error: unknown, folder: string, success: string, ports: Ports): void {
  const { message } = asBackupError(error, 'keep a copy in the vault', folder);
  ports.onWarning?.(`${message}. ${success}`);
}
