/** A file listed by a target. Its name is not trusted. */
export interface ListedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
}

export interface NewFile {
  readonly name: string;
  readonly content: Buffer;
}

/** One project's folder at a target. All errors are BackupErrors that name the target. */
export interface TargetFolder {
  /** The location, for messages. */
  readonly place: string;
  /** Only regular files; empty if the folder does not exist. */
  list(): Promise<readonly ListedFile[]>;
  /**
   * Writes files and verifies their content. Each gets its final name only when complete, if the target supports that.
   * Replaces files with the same names.
   */
  put(files: readonly NewFile[]): Promise<void>;
  /** Omits missing files. Throws if they exceed `maxBytes` in total. */
  read(names: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Buffer>>;
  /** Ignores missing files. */
  remove(names: readonly string[]): Promise<void>;
}

/** A location with a folder for each project. */
export interface Target {
  readonly name: string;
  /** The folder's path or the remote, for messages. */
  readonly place: string;
  /** The names of its folders. */
  folders(): Promise<readonly string[]>;
  folder(name: string): TargetFolder;
}

export interface ReplicateOptions {
  /** Only the target of this name; all configured targets by default. */
  readonly target?: string | undefined;
  /** Reads all copies back and verifies them. */
  readonly verify?: boolean | undefined;
  /** Plans the sync without changing anything. */
  readonly dryRun?: boolean | undefined;
  /** How long to wait for another sync of this project; 15,000 by default. */
  readonly lockTimeoutMs?: number | undefined;
}

/** The identity of a store at every target. */
export interface StoreIdentity {
  /** The name of its folder there: `shop-front-1f2e3d4c`. */
  readonly key: string;
  readonly host: string;
  /** The project's path when the key was created. */
  readonly root: string;
  /** False if the only evidence is the store's own file, which can come from a clone. */
  readonly isProven: boolean;
}
