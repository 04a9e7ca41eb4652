/** A file as a target lists it. The name is the target's own word, and not to be trusted. */
export interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
}

export interface NewFile {
  readonly name: string;
  readonly content: Buffer;
}

/** One project's folder at a target. Everything here throws a BackupError that names the target where it fails. */
export interface TargetFolder {
  /** For messages: where it is. */
  readonly place: string;
  /** Plain files only; none where the folder does not exist. */
  list(): Promise<readonly ListedFile[]>;
  /**
   * Puts files there, each under its final name only once it is whole as far as the target can do that, and proves by
   * checksum that they arrived. Files of the same names are replaced.
   */
  put(files: readonly NewFile[]): Promise<void>;
  /** What is not there is left out. Throws where there is more than `maxBytes` altogether. */
  read(names: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Buffer>>;
  /** What is not there any more is no error. */
  remove(names: readonly string[]): Promise<void>;
}

/** A place with a folder for each project. */
export interface Target {
  readonly name: string;
  /** For messages: the folder's path, or the remote. */
  readonly place: string;
  /** The names of the folders in it; none where it is empty. */
  folders(): Promise<readonly string[]>;
  folder(name: string): TargetFolder;
}

export interface ReplicateOptions {
  /** Only the target of this name; all that are configured by default. */
  readonly target?: string | undefined;
  /** Reads everything back that lies there, and proves it. */
  readonly verify?: boolean | undefined;
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined;
  /** How long to wait for another process that copies this project's backups; 15,000 by default. */
  readonly lockTimeoutMs?: number | undefined;
}

/** Who a store is at every target. */
export interface StoreIdentity {
  /** The name of its folder there: `shop-front-1f2e3d4c`. */
  readonly key: string;
  readonly host: string;
  /** Where the project was when the key was made. */
  readonly root: string;
  /** Whether more than the text of the store's own file shows that the key is this store's. */
  readonly isProven: boolean;
}
