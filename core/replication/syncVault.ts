import { basename, dirname, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  removeQuietly,
  sweepLockFiles,
  syncFolderAndParents,
  systemOf,
  withStoreLock,
  type Ports,
  type StoreLock,
} from '../system/index.js';
import { makeStateFolder, realPath, type Project } from '../project/index.js';
import { isRecordOf, readProjectRecord, syncRecords, type ProjectRecord } from '../projects/index.js';
import {
  catalogOf,
  checkStore,
  imagePath,
  metadataPath,
  newestFirst,
  noteJob,
  parseBackupName,
  readCatalog,
  readJobs,
  readStoreNames,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { SYNC_WANTED_FILE, vaultFolder } from '../vault/index.js';
import { folderTarget } from './folderTarget.js';
import { limitToSpace, type VaultSpace } from './limitToSpace.js';
import type { TargetContent } from './readTarget.js';
import { knownKey } from './storeIdentity.js';
import { syncTarget, type SyncOutcome } from './syncTarget.js';
import { TargetCache } from './targetCache.js';
import { TargetMemory } from './targetMemory.js';
import { metadataName } from './targetNames.js';
import { readOtherCopies, removeBeyondLimit } from './vaultSpace.js';

/**
 * Syncs a project's backups and history into the vault. New backups are links to the images in the store until this
 * replaces them by compressed copies. Failures are recorded as the job `vault`, and returned.
 */
export async function syncVault(project: Project, ports: Ports): Promise<BackupError | undefined> {
  try {
    const record = readProjectRecord(realPath(project.root, ports), ports);
    const folder = record === undefined ? undefined : vaultFolder(project, record.vaultKeys[0], ports);
    if (record === undefined || folder === undefined) return undefined;
    refuseOtherProject(project, record, ports);
    makeStateFolder(folder, ports);
    syncFolderAndParents(dirname(folder), ports.files);
    syncRecords(ports);
    const problem = await withStoreLock(
      folder,
      ports,
      async (lock) => await new VaultSync(project, folder, lock, ports).run(),
    );
    await noteResult(project, problem, ports);
    return problem;
  } catch (error) {
    const problem = asBackupError(error, 'sync the vault', project.root);
    await noteResult(project, problem, ports);
    return problem;
  }
}

/** The store of a deleted project is missing, but its links are still to be copied. */
function refuseOtherProject(project: Project, record: ProjectRecord, ports: Ports): void {
  if (checkStore(project, ports) === 'missing') return;
  const names = new Set(readStoreNames(project.storePath, ports));
  const hasBackup = (id: string): boolean => names.has(`${id}.db`) || names.has(`${id}.db.gz`);
  if (isRecordOf(project, record, hasBackup, ports)) return;
  throw new BackupError(`The record of ${project.root} is of another project, which was in this folder before`, {
    code: 'target-failed',
    operation: 'sync the vault',
    path: project.root,
    hint: 'Nothing was copied. The next backup records this project.',
  });
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
    const names = readStoreNames(this.#folder, this.#ports);
    sweepLockFiles(this.#folder, names, files);
    // First, so that a backup made meanwhile requests another sync.
    removeQuietly(join(this.#folder, SYNC_WANTED_FILE), files);
    const links = this.#links(names);
    const catalog = this.#withLinks(readCatalog(this.#project, this.#ports), links);
    if (catalog.backups.length === 0) return undefined;
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
      limit: (plan, content) => limitToSpace(plan, this.#space(content)),
      ports: this.#ports,
      onProgress: (done) => ({ skipped } = done),
    });
    this.#removeLinks(links, new Set(skipped.map(({ id }) => id)));
    removeBeyondLimit(this.#vault, this.#key, this.#project.configuration.vaultLimits.totalBytes, this.#ports);
    return problem;
  }

  /** The backups that are not copied yet. */
  #links(names: readonly string[]): readonly Backup[] {
    const ofLinks = names.filter((name) => parseBackupName(name)?.compressed !== true);
    return catalogOf(this.#folder, ofLinks, this.#ports).backups;
  }

  /** Images are read through their links, because another program can delete the store at any time, even now. */
  #withLinks(catalog: Catalog, links: readonly Backup[]): Catalog {
    const linkOf = new Map(links.map((link) => [link.id, link]));
    const stored = new Set(catalog.backups.map(({ id }) => id));
    const backups = catalog.backups.map((backup) => {
      const link = linkOf.get(backup.id);
      if (link === undefined || link.metadata?.sha256 !== backup.metadata?.sha256) return backup;
      return { ...backup, path: link.path, compressed: false, sizeBytes: link.sizeBytes };
    });
    return { ...catalog, backups: [...backups, ...links.filter(({ id }) => !stored.has(id))].sort(newestFirst) };
  }

  /** Those of backups that are copied now, or that neither the retention policy nor the space limit keeps. */
  #removeLinks(links: readonly Backup[], skipped: ReadonlySet<string>): void {
    const { files } = this.#ports;
    this.#lock.assertHeld();
    for (const { id, path } of links.filter((link) => !skipped.has(link.id))) {
      const hasCopy = files.lstatSync(`${imagePath(this.#folder, id)}.gz`, { throwIfNoEntry: false }) !== undefined;
      removeQuietly(path, files);
      if (!hasCopy) removeQuietly(metadataPath(this.#folder, id), files);
    }
  }

  #space({ segments }: TargetContent): VaultSpace {
    const { projectBytes, totalBytes } = this.#project.configuration.vaultLimits;
    const historyBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { targets } = this.#project.configuration;
    const memory = new TargetMemory(this.#project, this.#ports);
    const storeKey = targets.length === 0 ? undefined : knownKey(this.#project, this.#ports);
    const caches = storeKey === undefined ? [] : targets.map(({ name }) => memory.cache(name, storeKey));
    return {
      projectBytes: projectBytes - historyBytes,
      totalBytes: totalBytes - historyBytes,
      others: readOtherCopies(this.#vault, this.#key, this.#ports),
      isAtTarget: (id) => caches.some((cache) => cache.has(metadataName(id))),
    };
  }
}

/** Only failures and the end of a failure, because a success is frequent and needs no record. */
async function noteResult(project: Project, problem: BackupError | undefined, ports: Ports): Promise<void> {
  try {
    if (problem !== undefined || readJobs(project, ports).vault?.ok === false) {
      await noteJob(project, 'vault', problem?.message, ports);
    }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Could not record the result of syncing the vault: ${error.message}`);
  }
}
