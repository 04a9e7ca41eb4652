import { basename, dirname, join } from 'node:path';
import { asBackupError, monotonicMs, type BackupError, type Ports } from '../system/index.js';
import { findProject, liveDatabasePath, type Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import { Changes } from './changes.js';
import { FolderWatch } from './folderWatch.js';
import { CONTENT_SUFFIXES, databaseSignature } from './fileSignature.js';
import type { WatchTimes } from './watchEvent.js';

/** One project of the watcher's list. Its database can be missing and return. */
export class WatchedProject {
  readonly changes: Changes;
  /** Whether a backup has been tried since the project was listed. */
  hasTriedBackup = false;
  /** The backup of the last known state. */
  lastBackupId: string | undefined;
  /** The emergency backup of the damage reported last; undefined once it is resolved. */
  reportedEmergencyId: string | undefined;
  readonly #folder: FolderWatch;
  #signature: string | undefined;
  #project: Project | undefined;

  constructor(
    /** As listed. */
    public known: KnownProject,
    times: WatchTimes,
    onChange: () => void,
    private readonly ports: Ports,
  ) {
    this.changes = new Changes(times);
    this.#folder = new FolderWatch(() => {
      this.changes.recordChange(monotonicMs());
      onChange();
    }, ports);
  }

  get root(): string {
    return this.known.root;
  }

  /** The project as found by the last check; undefined while it is missing. */
  get project(): Project | undefined {
    return this.#project;
  }

  /**
   * Reads the configuration again and detects changes of the database since the last check. At the first check, the
   * database counts as changed. Returns why the project cannot be watched at present, if so.
   */
  async check(): Promise<BackupError | undefined> {
    const problem = await this.#find();
    if (this.#project === undefined) this.#folder.close();
    else this.#detectChange(this.#project);
    return problem;
  }

  /** Backups continue with the last valid configuration if the current one is invalid or unreadable. */
  async #find(): Promise<BackupError | undefined> {
    try {
      this.#project = await findProject(this.root, this.ports);
      return undefined;
    } catch (error) {
      const problem = asBackupError(error, 'open the project', this.root);
      if (MISSING_CODES.has(problem.code)) this.#project = undefined;
      return problem;
    }
  }

  #detectChange(project: Project): void {
    const path = this.#realDatabasePath(project);
    const names = CONTENT_SUFFIXES.map((suffix) => basename(path) + suffix);
    this.#folder.follow(dirname(path), new Set(names));
    // Includes the store, because a new store does not contain the state yet.
    const signature = [path, project.storePath, databaseSignature(path, this.ports)].join(' ');
    if (signature !== this.#signature || this.#isBackupMissing(project)) this.changes.recordChange(monotonicMs());
    this.#signature = signature;
  }

  /** Whether the last backup was deleted or quarantined. The unchanged state then needs another backup. */
  #isBackupMissing({ storePath }: Project): boolean {
    const { lastBackupId } = this;
    if (lastBackupId === undefined) return false;
    try {
      return ['.db', '.db.gz'].every(
        (suffix) =>
          this.ports.files.lstatSync(join(storePath, lastBackupId + suffix), { throwIfNoEntry: false }) === undefined,
      );
    } catch {
      // An unreadable store is not a missing backup; the next backup reports the error.
      return false;
    }
  }

  close(): void {
    this.#folder.close();
  }

  /** SQLite keeps its side files beside the target of a link. */
  #realDatabasePath(project: Project): string {
    try {
      return liveDatabasePath(project, this.ports);
    } catch {
      // The backup reports the reason.
      return project.databasePath;
    }
  }
}

const MISSING_CODES: ReadonlySet<string> = new Set(['project-not-found', 'database-not-found']);
