import type { Disk } from '../disk/disk.js';
import type { Acknowledged } from './acknowledged.js';
import type { ListedInVault, Report } from './operations.js';
import { dataFolderOn } from './places.js';

/** A backup that one machine's vault must contain. */
export interface Kept {
  readonly state: number;
  /** A completed sync has copied it, so a power failure or damage in the store cannot affect it. */
  readonly isCopied: boolean;
  /** Of a project that was deleted before another one was created in its folder: nothing may remove it. */
  readonly isOfEarlierProject: boolean;
}

/** What the vault of each machine must contain, whatever happens to the project. */
export class ExpectedVault {
  /** By host, then by backup. */
  readonly #kept = new Map<string, Map<string, Kept>>();
  /** The newest backup, if it was new. */
  lastNew: string | undefined;
  /** By host: at the beginning of a sync that has not completed. */
  readonly #listed = new Map<string, readonly ListedInVault[]>();
  readonly #acknowledged = new Set<string>();
  readonly #deleted = new Set<string>();
  /** Folders of earlier projects. */
  readonly closedFolders = new Set<string>();
  /** The backups of earlier projects. */
  readonly #earlier = new Set<string>();

  constructor(
    private readonly disk: Disk,
    private readonly acknowledged: Acknowledged,
    private readonly keepLast: number,
  ) {}

  keptOn(host: string): ReadonlyMap<string, Kept> {
    return this.#keptOn(host);
  }

  /** `wasStoreDeleted`: since the operation began. */
  note(report: Report, host: string, wasStoreDeleted: boolean): void {
    switch (report.kind) {
      case 'backedUp':
        this.#recordBackup(report, host, wasStoreDeleted);
        break;
      case 'deleting':
        this.#deleted.add(report.id);
        for (const kept of this.#kept.values()) kept.delete(report.id);
        break;
      case 'restoring':
        this.#continueEarlierProject(host);
        this.#openFolders(host);
        break;
      case 'syncingVault':
        // Until the new project has a backup, this is a sync of the deleted one.
        if (this.closedFolders.has(report.folder ?? '')) this.#continueEarlierProject(host);
        this.#expectPruning(report.backups, host, wasStoreDeleted);
        break;
      case 'vaultSynced':
        this.#recordSync(report.backups, host, wasStoreDeleted);
        break;
      default:
    }
  }

  /** Backups that a running sync no longer finds in the store are subject to retention; their history may be lost. */
  storeDeleted(): void {
    for (const [host, backups] of this.#listed) {
      this.#keepOnly(this.#amongLast(backups), backups, host);
    }
  }

  /** Without a history, other operations prune backups together with their copies. */
  expectDeletions(): void {
    this.#drop(({ isOfEarlierProject }) => !isOfEarlierProject);
  }

  /** A link is not synced. */
  losePower(): void {
    this.#drop(({ isCopied }) => !isCopied);
  }

  /** Damage to a file in the store also damages its link. */
  recordFlippedBit(id: string): void {
    this.#drop((kept, other) => other === id && !kept.isCopied);
  }

  /** Another project is created in the folder of the deleted one. */
  beginProject(hosts: readonly string[]): void {
    for (const id of this.#acknowledged) this.#earlier.add(id);
    for (const host of hosts) {
      for (const key of namesIn(this.disk, dataFolderOn(host))) {
        const path = `${dataFolderOn(host)}/${key}`;
        this.closedFolders.add(path);
        for (const id of idsIn(this.disk, path)) this.#earlier.add(id);
      }
      const kept = this.#keptOn(host);
      for (const [id, entry] of kept) kept.set(id, { ...entry, isOfEarlierProject: true });
    }
  }

  /** A backup of the present project in the folder of an earlier one. */
  misplaced(): string | undefined {
    const ids = [...this.closedFolders].flatMap((folder) => idsIn(this.disk, folder));
    return ids.find((id) => !this.#earlier.has(id));
  }

  /** A new backup is in the vault at once if that is on the same file system. */
  isIn(host: string, id: string): boolean {
    return this.#imagesOf(host, id).length > 0;
  }

  #imagesOf(host: string, id: string): readonly string[] {
    const folder = dataFolderOn(host);
    return namesIn(this.disk, folder)
      .flatMap((key) => [`${folder}/${key}/${id}.db`, `${folder}/${key}/${id}.db.gz`])
      .filter((path) => this.disk.find(path) !== undefined);
  }

  #recordBackup(
    { id, sha256, isNew }: Extract<Report, { kind: 'backedUp' }>,
    host: string,
    wasStoreDeleted: boolean,
  ): void {
    this.#acknowledged.add(id);
    this.lastNew = isNew ? id : undefined;
    const state = this.acknowledged.stateOfHash(sha256);
    const kept = this.#keptOn(host);
    if (kept.has(id) && kept.get(id)?.state !== state) {
      // The name is reused within a second: the next sync replaces the copy, whose state is in the history.
      this.#deleted.add(id);
      kept.delete(id);
    }
    // After a power failure, a backup can be in a folder whose record is lost.
    if (!isNew) return;
    if (state === undefined || wasStoreDeleted || kept.has(id) || !this.#isGuaranteed(id) || !this.isIn(host, id))
      return;
    kept.set(id, { state, isCopied: false, isOfEarlierProject: false });
  }

  /** Retention applies to an earlier project as to the present one. */
  #continueEarlierProject(host: string): void {
    const kept = this.#keptOn(host);
    for (const [id, entry] of kept) kept.set(id, { ...entry, isOfEarlierProject: false });
  }

  /** A user who restores a backup of an earlier project before the new one has any continues the earlier one. */
  #openFolders(host: string): void {
    for (const path of this.closedFolders) {
      if (path.startsWith(`${dataFolderOn(host)}/`)) this.closedFolders.delete(path);
    }
  }

  /** Copies that the store no longer contains are subject to retention. */
  #expectPruning(backups: readonly ListedInVault[], host: string, isStoreBeingDeleted: boolean): void {
    this.#listed.set(host, backups);
    this.#keepOnly(isStoreBeingDeleted ? this.#amongLast(backups) : this.#staying(backups), backups, host);
  }

  #keepOnly(staying: ReadonlySet<string>, backups: readonly ListedInVault[], host: string): void {
    const kept = this.#keptOn(host);
    for (const { id } of backups) {
      if (!staying.has(id) && kept.get(id)?.isOfEarlierProject === false) kept.delete(id);
    }
  }

  #recordSync(backups: readonly ListedInVault[], host: string, wasStoreDeleted: boolean): void {
    this.#listed.delete(host);
    const kept = this.#keptOn(host);
    const staying = this.#staying(backups);
    for (const { id, sha256, isOrdinary, isInHistory } of backups) {
      const state = this.acknowledged.stateOfHash(sha256);
      const known = kept.get(id);
      // A link in an earlier folder of the project stays one.
      const isCopied = isInHistory || this.#imagesOf(host, id).some((path) => path.endsWith('.gz'));
      if (known !== undefined && isCopied && staying.has(id)) kept.set(id, { ...known, isCopied });
      if (known !== undefined || wasStoreDeleted || state === undefined || !isOrdinary || !staying.has(id)) continue;
      if (!this.#acknowledged.has(id) || !this.#isGuaranteed(id)) continue;
      kept.set(id, { state, isCopied: true, isOfEarlierProject: false });
    }
  }

  #staying(backups: readonly ListedInVault[]): ReadonlySet<string> {
    // A backup in the store also loses its copy if the vault contains enough newer ones of a deleted store.
    if (backups.some(({ isOnlyInVault, isInHistory }) => isOnlyInVault && !isInHistory)) {
      const archived = backups.filter(({ isInHistory }) => isInHistory).map(({ id }) => id);
      return new Set([...this.#amongLast(backups), ...archived]);
    }
    return new Set(backups.map(({ id }) => id));
  }

  /** Those that the retention policy keeps in any case, and states of the history that are in the vault. */
  #amongLast(backups: readonly ListedInVault[]): ReadonlySet<string> {
    // An archived backup counts as long as its link is in the vault.
    const ordinary = backups.filter(({ isOrdinary }) => isOrdinary);
    const isAmongLast = ({ sequence }: ListedInVault): boolean =>
      ordinary.filter((other) => other.sequence >= sequence).length <= this.keepLast;
    const copied = backups.filter(({ isInHistory, isOnlyInVault }) => isInHistory && isOnlyInVault);
    return new Set([...ordinary.filter(isAmongLast), ...copied].map(({ id }) => id));
  }

  #isGuaranteed(id: string): boolean {
    return !this.#deleted.has(id) && !this.acknowledged.withFlippedBit.has(id);
  }

  #drop(isDropped: (kept: Kept, id: string) => boolean): void {
    for (const kept of this.#kept.values()) {
      for (const [id, entry] of kept) if (isDropped(entry, id)) kept.delete(id);
    }
  }

  #keptOn(host: string): Map<string, Kept> {
    const kept = this.#kept.get(host) ?? new Map<string, Kept>();
    this.#kept.set(host, kept);
    return kept;
  }
}

/** The ids of all images in a folder of the vault. */
function idsIn(disk: Disk, folder: string): readonly string[] {
  return namesIn(disk, folder).flatMap((name) => /^(features_.*)\.db(?:\.gz)?$/.exec(name)?.[1] ?? []);
}

export function namesIn(disk: Disk, path: string): readonly string[] {
  const folder = disk.find(path);
  return folder?.kind === 'folder' ? [...folder.names.keys()] : [];
}
