import { basename, dirname, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  kindAt,
  removeQuietly,
  sweepLockFiles,
  syncFolderAndParents,
  systemOf,
  withStoreLock,
  type Ports,
  type StoreLock,
} from '../system/index.js';
import { makeStateFolder, realPath, type Project } from '../project/index.js';
import {
  isRecordedProject,
  readProjectRecord,
  recordFirstCommits,
  syncRecords,
  type ProjectRecord,
} from '../projects/index.js';
import {
  imagePath,
  metadataPath,
  newestFirst,
  recordJobResult,
  readCatalog,
  readJobs,
  readStoreNames,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { backupFinder } from '../history/index.js';
import { isSyncPendingIn, SYNC_BEGUN_FILE, SYNC_PENDING_FILE, vaultFolder } from '../vault/index.js';
import { copyLinks, linksIn } from './copyLinks.js';
import { folderTarget } from './folderTarget.js';
import { SpaceLimit, type VaultSpace } from './spaceLimit.js';
import type { TargetContent } from './readTarget.js';
import { readStoreKey } from './storeIdentity.js';
import { syncTarget, type SyncOutcome } from './syncTarget.js';
import { TargetCache } from './targetCache.js';
import { TargetRecords } from './targetRecords.js';
import { metadataName } from './targetNames.js';
import { readOtherFiles, readVaultFiles, removeOldest, sizeOf, type VaultFile } from './vaultSpace.js';

/**
 * Syncs a project's backups and history into the vault. New backups are links to the images in the store until a sync
 * replaces them with compressed copies. Failures are recorded as the job `vault`, and returned.
 */
export async function syncVault(
  project: Project,
  ports: Ports,
  recorded?: ProjectRecord,
): Promise<BackupError | undefined> {
  try {
    const record = recorded ?? readProjectRecord(realPath(project.root, ports), ports);
    const folder = record === undefined ? undefined : vaultFolder(project, record.vaultKeys[0], ports);
    if (record === undefined || folder === undefined) return undefined;
    makeStateFolder(folder, ports);
    syncFolderAndParents(dirname(folder), ports.files);
    syncRecords(ports);
    const isReplacing = isReplaced(project, record, ports);
    // Folders without new backups: their links become copies. A new project gets its own folder at its next backup.
    for (const key of isReplacing ? record.vaultKeys : record.vaultKeys.slice(1)) {
      const earlier = join(dirname(folder), key);
      if (isSyncPendingIn(earlier, ports)) await copyLinks(project, earlier, ports);
    }
    if (isReplacing) return undefined;
    await recordFirstCommits(record, ports);
    const problem = await withStoreLock(
      folder,
      ports,
      async (lock) => await new VaultSync(project, folder, lock, ports).run(),
      { name: 'the vault' },
    );
    await recordResult(project, problem, ports);
    return problem;
  } catch (error) {
    const problem = asBackupError(error, 'sync the vault', project.root);
    await recordResult(project, problem, ports);
    return problem;
  }
}

/** Whether another project has been created in the recorded folder since the last backup. */
function isReplaced(project: Project, record: ProjectRecord, ports: Ports): boolean {
  const exists = [project.databasePath, project.storePath].some((path) => kindAt(path, ports) !== 'nothing');
  return exists && !isRecordedProject(project, record, backupFinder(project, ports), ports);
}

class VaultSync {
  readonly #project: Project;
  readonly #folder: string;
  readonly #vault: string;
  readonly #key: string;
  readonly #lock: StoreLock;
  readonly #ports: Ports;

  constructor(project: Project, folder: string, lock: StoreLock, ports: Ports) {
    this.#project = project;
    this.#folder = folder;
    this.#vault = dirname(folder);
    this.#key = basename(folder);
    this.#lock = lock;
    this.#ports = ports;
  }

  async run(): Promise<BackupError | undefined> {
    const { files } = this.#ports;
    const begun = join(this.#folder, SYNC_BEGUN_FILE);
    const names = readStoreNames(this.#folder, this.#ports);
    sweepLockFiles(this.#folder, names, files);
    // Renamed before anything is read, because a backup made from now on needs another sync.
    if (names.includes(SYNC_PENDING_FILE)) files.renameSync(join(this.#folder, SYNC_PENDING_FILE), begun);
    const links = linksIn(this.#folder, names, this.#ports);
    const catalog = this.#withLinks(readCatalog(this.#project, this.#ports), links);
    const problem = catalog.backups.length === 0 ? undefined : await this.#sync(catalog, links);
    if (problem === undefined) removeQuietly(begun, files);
    return problem;
  }

  async #sync(catalog: Catalog, links: readonly Backup[]): Promise<BackupError | undefined> {
    const others = readOtherFiles(this.#vault, this.#key, this.#ports);
    let skipped: SyncOutcome['skipped'] = [];
    const problem = await syncTarget({
      project: this.#project,
      catalog,
      target: { name: 'vault', folder: this.#vault, rclone: undefined, retention: {} },
      opened: folderTarget('vault', this.#vault, this.#ports),
      identity: { key: this.#key, host: systemOf(this.#ports).hostname(), root: this.#project.root, isProven: true },
      cache: new TargetCache(undefined, this.#ports, () => undefined),
      lock: this.#lock,
      options: {},
      limit: (plan, content) => new SpaceLimit(plan, this.#space(content, others)),
      ports: this.#ports,
      onProgress: (done) => ({ skipped } = done),
    });
    this.#removeLinks(links, new Set(skipped.map(({ id }) => id)));
    const usedBytes = sizeOf(others) + sizeOf(readVaultFiles(this.#folder, this.#ports));
    removeOldest(others, usedBytes - this.#project.configuration.vaultLimits.totalBytes, this.#ports);
    return problem;
  }

  /** Images are read through their links, because another program can delete the store during the sync. */
  #withLinks(catalog: Catalog, links: readonly Backup[]): Catalog {
    const linkOf = new Map(links.map((link) => [link.id, link]));
    const stored = new Set(catalog.backups.map(({ id }) => id));
    const backups = catalog.backups.map((backup) => {
      const link = linkOf.get(backup.id);
      // The store may be deleted while it is read: the image is then listed without its metadata.
      if (link !== undefined && backup.metadata === undefined) return link;
      if (link === undefined || link.metadata?.sha256 !== backup.metadata?.sha256) return backup;
      return { ...backup, path: link.path, compressed: false, sizeBytes: link.sizeBytes };
    });
    return { ...catalog, backups: [...backups, ...links.filter(({ id }) => !stored.has(id))].sort(newestFirst) };
  }

  /** Removes the links of backups that now have a copy, or that the retention policy or the space limit does not keep. */
  #removeLinks(links: readonly Backup[], skipped: ReadonlySet<string>): void {
    const { files } = this.#ports;
    this.#lock.assertHeld();
    for (const { id, path } of links.filter((link) => !skipped.has(link.id))) {
      const hasCopy = files.lstatSync(`${imagePath(this.#folder, id)}.gz`, { throwIfNoEntry: false }) !== undefined;
      removeQuietly(path, files);
      if (!hasCopy) removeQuietly(metadataPath(this.#folder, id), files);
    }
  }

  #space({ segments }: TargetContent, others: readonly VaultFile[]): VaultSpace {
    const { projectBytes, totalBytes } = this.#project.configuration.vaultLimits;
    const historyBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { targets } = this.#project.configuration;
    const records = new TargetRecords(this.#project, this.#ports);
    const storeKey = targets.length === 0 ? undefined : readStoreKey(this.#project, this.#ports);
    const caches = storeKey === undefined ? [] : targets.map(({ name }) => records.cache(name, storeKey));
    return {
      projectBytes: projectBytes - historyBytes,
      totalBytes: totalBytes - historyBytes,
      others,
      isAtTarget: (id) => caches.some((cache) => cache.has(metadataName(id))),
    };
  }
}

/** Records failures and the first success after one. Other successes are frequent and need no record. */
async function recordResult(project: Project, problem: BackupError | undefined, ports: Ports): Promise<void> {
  try {
    if (problem !== undefined || readJobs(project, ports).vault?.ok === false) {
      await recordJobResult(project, 'vault', problem?.message, ports);
    }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Could not record the result of syncing the vault: ${error.message}`);
  }
}
