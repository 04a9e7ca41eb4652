import { basename, dirname, join } from 'node:path';
import { asBackupError, monotonicMs, type BackupError, type Ports } from '../system/index.js';
import { findProject, liveDatabasePath, type Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import { Changes } from './changes.js';
import { FolderWatch } from './folderWatch.js';
import { CONTENT_SUFFIXES, databaseSignature } from './fileSignature.js';
import type { WatchTimes } from './watchEvent.js';

/** One project of the watcher's list, through its database's deletions and returns. */
export class WatchedProject {
  readonly changes: Changes;
  /** Whether a backup has been tried since the watcher knows of it. */
  hasBeenTried = false;
  /** The backup that holds the last state seen. */
  savedId: string | undefined;
  /** The emergency backup of the damage that was told last; undefined once it is over. */
  reportedEmergencyId: string | undefined;
  readonly #folder: FolderWatch;
  #glance: string | undefined;
  #project: Project | undefined;

  constructor(
    /** As the list has it. */
    public known: KnownProject,
    times: WatchTimes,
    onChange: () => void,
    private readonly ports: Ports,
  ) {
    this.changes = new Changes(times);
    this.#folder = new FolderWatch(() => {
      this.changes.note(monotonicMs());
      onChange();
    }, ports);
  }

  get root(): string {
    return this.known.root;
  }

  /** With its configuration as of the last look; undefined while there is no project there. */
  get project(): Project | undefined {
    return this.#project;
  }

  /**
   * Reads the configuration anew, and sees whether the database has changed since the last look; at the first look it
   * counts as changed. Returns why it cannot be watched now.
   */
  async check(): Promise<BackupError | undefined> {
    const problem = await this.#find();
    if (this.#project === undefined) this.#folder.close();
    else this.#load(this.#project);
    return problem;
  }

  /**
   * A configuration that somebody has just spoilt, or a folder that cannot be read for a moment, does not end the backups:
   * those go on by what was last right.
   */
  async #find(): Promise<BackupError | undefined> {
    try {
      this.#project = await findProject(this.root, this.ports);
      return undefined;
    } catch (error) {
      const problem = asBackupError(error, 'look at the project', this.root);
      if (ABSENCES.has(problem.code)) this.#project = undefined;
      return problem;
    }
  }

  #load(project: Project): void {
    const path = this.#realDatabasePath(project);
    const names = CONTENT_SUFFIXES.map((suffix) => basename(path) + suffix);
    this.#folder.follow(dirname(path), new Set(names));
    // In another store there is no backup of this yet.
    const signature = [path, project.storePath, databaseSignature(path, this.ports)].join(' ');
    if (signature !== this.#glance || this.#isBackupGone(project)) this.changes.note(monotonicMs());
    this.#glance = signature;
  }

  /** Deleted, or moved into the quarantine: then nothing holds this state, unchanged as it is. */
  #isBackupGone({ storePath }: Project): boolean {
    const { savedId: keptId } = this;
    if (keptId === undefined) return false;
    try {
      return ['.db', '.db.gz'].every(
        (suffix) =>
          this.ports.files.lstatSync(join(storePath, keptId + suffix), { throwIfNoEntry: false }) === undefined,
      );
    } catch {
      // Not to be looked at is not gone; the next backup says what is wrong.
      return false;
    }
  }

  close(): void {
    this.#folder.close();
  }

  /** SQLite keeps its side files beside the file that a link leads to. */
  #realDatabasePath(project: Project): string {
    try {
      return liveDatabasePath(project, this.ports);
    } catch {
      // Refused or unreadable: the backup will report why.
      return project.databasePath;
    }
  }
}

const ABSENCES: ReadonlySet<string> = new Set(['project-not-found', 'database-not-found']);
