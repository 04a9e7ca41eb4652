import nodeFileSystem from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../../core/system/ports.js';

export interface DurableFiles {
  readonly files: FileSystem;
  /** Every step so far after which a power loss could lose data. */
  violations(): readonly string[];
  /** The same, and what a power loss could undo now. */
  violationsAtEnd(): readonly string[];
}

export interface DurabilityRules {
  /** A deleted file may reappear after a power loss: the operation runs again and deletes it again. */
  readonly mayComeBack?: boolean;
  /** At a target, an image outlives its metadata, because metadata without an image would count as a copy. */
  readonly isTarget?: boolean;
}

/**
 * The real file system, which also records what a power loss would undo: unsynced content, and names in unsynced folders.
 * A step violates the durability order if it
 * - renames a file before its content is synced,
 * - deletes or moves a file while another file published by this operation could still be lost,
 * - replaces a database while the removal of an old side file could still be undone,
 * - publishes metadata while an image beside it could still be lost.
 * Lock files are ignored: after a power loss no process has a lock.
 */
export function durableFiles(root: string, rules: DurabilityRules = {}): DurableFiles {
  const account = new Account(root, rules);
  return {
    files: accountedFiles(account),
    violations: () => account.violations,
    violationsAtEnd: () => [...account.violations, ...account.unsettled()],
  };
}

type NameChange = 'added' | 'replaced' | 'removed';

class Account {
  readonly violations: string[] = [];
  /** Paths of open descriptors. */
  readonly paths = new Map<number, string>();
  readonly #root: string;
  readonly #rules: DurabilityRules;
  /** By inode: the files with unsynced content. */
  readonly #content = new Map<number, string>();
  /** By path: the renames whose folder is not synced. */
  readonly #names = new Map<string, NameChange>();

  constructor(root: string, rules: DurabilityRules) {
    this.#root = root;
    this.#rules = rules;
  }

  written(descriptor: number): void {
    const path = this.paths.get(descriptor);
    if (path === undefined || !this.#counts(path)) return;
    this.#content.set(nodeFileSystem.fstatSync(descriptor).ino, path);
  }

  synced(descriptor: number): void {
    const stats = nodeFileSystem.fstatSync(descriptor);
    if (!stats.isDirectory()) this.#content.delete(stats.ino);
    const folder = this.paths.get(descriptor);
    for (const path of this.#names.keys())
      if (stats.isDirectory() && dirname(path) === folder) this.#names.delete(path);
  }

  folderMade(path: string): void {
    if (this.#counts(path)) this.#names.set(path, 'added');
  }

  /** Before a link, or a rename with `isMove`. */
  naming(from: string, to: string, isMove: boolean): void {
    if (!this.#counts(to)) return;
    const old = nodeFileSystem.lstatSync(to, { throwIfNoEntry: false });
    const { ino } = nodeFileSystem.lstatSync(from);
    if (this.#content.has(ino)) this.#violate(`${this.#short(to)} gets its name before its content is synced`);
    if (isMetadata(to)) this.#assertDurable(`publish ${this.#short(to)}`, (path) => isImage(path));
    if (isMove && !isTemporary(from)) this.#assertDurable(`move ${this.#short(from)}`, matters);
    if (old !== undefined && matters(to)) {
      this.#assertDurable(`replace ${this.#short(to)}`, matters);
      this.#assertGone(`replace ${this.#short(to)}`, (path) => path.startsWith(`${to}-`));
    }
    if (isMove && !isTemporary(from)) this.#names.set(from, 'removed');
    if (old?.nlink === 1) this.#content.delete(old.ino);
    this.#names.set(to, old === undefined ? 'added' : 'replaced');
  }

  /** Before a deletion. */
  deleting(path: string): void {
    const stats = nodeFileSystem.lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !this.#counts(path)) return;
    if (stats.nlink === 1) this.#content.delete(stats.ino);
    if (isTemporary(path)) {
      this.#names.delete(path);
      return;
    }
    this.#assertDurable(`delete ${this.#short(path)}`, matters);
    if (this.#rules.isTarget === true && isImage(path)) this.#assertGone(`delete ${this.#short(path)}`, isMetadata);
    this.#names.set(path, 'removed');
  }

  /** What a power loss could undo now. */
  unsettled(): readonly string[] {
    const content = [...this.#content.values()].filter((path) => !isTemporary(path));
    const names = [...this.#names].filter(([path, change]) => {
      if (change === 'removed') return this.#rules.mayComeBack !== true && !isMetadata(path);
      return matters(path) && (change === 'added' || !isMetadata(path));
    });
    return [
      ...content.map((path) => `at the end, the content of ${this.#short(path)} is not synced`),
      ...names.map(([path, change]) => `at the end, ${this.#short(path)} is ${change} and its folder is not synced`),
    ];
  }

  #assertDurable(step: string, isDependency: (path: string) => boolean): void {
    for (const path of this.#content.values()) {
      if (isDependency(path)) this.#violate(`${step}: the content of ${this.#short(path)} is not synced`);
    }
    for (const [path, change] of this.#names) {
      if (change === 'removed' || !isDependency(path) || (change === 'replaced' && isMetadata(path))) continue;
      this.#violate(`${step}: the name of ${this.#short(path)} is not synced`);
    }
  }

  #assertGone(step: string, isDependency: (path: string) => boolean): void {
    for (const [path, change] of this.#names) {
      if (change === 'removed' && isDependency(path)) this.#violate(`${step}: ${this.#short(path)} could come back`);
    }
  }

  #violate(violation: string): void {
    this.violations.push(violation);
  }

  #counts(path: string): boolean {
    return path.startsWith(this.#root) && !basename(path).startsWith('.lock');
  }

  #short(path: string): string {
    return path.slice(this.#root.length + 1);
  }
}

function isTemporary(path: string): boolean {
  return basename(path).startsWith('.tmp-') || path.endsWith('.restore-staged');
}

function isMetadata(path: string): boolean {
  return /^features_.*\.json$/.test(basename(path));
}

function isImage(path: string): boolean {
  return /^features_.*\.db(?:\.gz)?$/.test(basename(path));
}

/** These files are ignored: the program works with the old, the new or no such file. */
function matters(path: string): boolean {
  return (
    !isTemporary(path) &&
    !/^\.(?:jobs\.json|acknowledged\.json|history-base|gitignore|replication)$/.test(basename(path))
  );
}

function accountedFiles(account: Account): FileSystem {
  const real = nodeFileSystem;
  return {
    ...real,
    openSync: (path, flags, mode) => {
      const isNew = typeof flags === 'string' && flags.startsWith('w');
      const descriptor = real.openSync(path, flags, mode);
      account.paths.set(descriptor, String(path));
      if (isNew) account.written(descriptor);
      return descriptor;
    },
    closeSync: (descriptor) => {
      account.paths.delete(descriptor);
      real.closeSync(descriptor);
    },
    writeSync: (descriptor: number, ...rest: readonly unknown[]) => {
      account.written(descriptor);
      const [content, offset, length, position] = rest as [Buffer, number, number, number];
      return real.writeSync(descriptor, content, offset, length, position);
    },
    ftruncateSync: (descriptor, length) => {
      real.ftruncateSync(descriptor, length);
      account.written(descriptor);
    },
    fsyncSync: (descriptor) => {
      real.fsyncSync(descriptor);
      account.synced(descriptor);
    },
    fsync: Object.assign(
      (descriptor: number, done: (error: NodeJS.ErrnoException | null) => void) => {
        real.fsync(descriptor, (error) => {
          if (error === null) account.synced(descriptor);
          done(error);
        });
      },
      { __promisify__: real.fsync.__promisify__ },
    ),
    mkdirSync: new Proxy(real.mkdirSync, {
      apply: (target, _this, args: Parameters<typeof real.mkdirSync>) => {
        // `recursive` also creates the parents.
        const made: string[] = [];
        for (let path = join(String(args[0])); real.statSync(path, { throwIfNoEntry: false }) === undefined;) {
          made.push(path);
          path = dirname(path);
        }
        for (const path of made.toReversed()) account.folderMade(path);
        return target(...args);
      },
    }),
    linkSync: (from, to) => {
      if (real.lstatSync(to, { throwIfNoEntry: false }) === undefined) account.naming(String(from), String(to), false);
      real.linkSync(from, to);
    },
    renameSync: (from, to) => {
      account.naming(String(from), String(to), true);
      real.renameSync(from, to);
    },
    unlinkSync: (path) => {
      account.deleting(String(path));
      real.unlinkSync(path);
    },
  };
}
