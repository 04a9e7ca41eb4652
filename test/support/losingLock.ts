import nodeFileSystem, { renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatLockRecord } from '../../core/system/locks/lockRecord.js';
import { LOCK_NAME } from '../../core/system/locks/storeLock.js';
import type { FileSystem } from '../../core/system/ports.js';
import { lockRecord } from './lockFiles.js';

/** One file system change. `lasting`: it publishes, changes or deletes a file that is not temporary. */
export interface Change {
  readonly kind: 'other' | 'temporary' | 'clean-up' | 'lasting';
  readonly what: string;
}

export interface LosingLock {
  readonly files: FileSystem;
  readonly changes: readonly Change[];
  /** The lasting changes made after the lock was lost. */
  afterLoss(): readonly string[];
}

/**
 * The real file system, which records the changes below `root`. After the given change, counted from 0, the lock in
 * `lockFolder` belongs to another, live process, so nobody takes the lock over again.
 */
export function losingLock(lockFolder: string, root: string, lostAfter?: number): LosingLock {
  const changes: Change[] = [];
  const paths = new Map<number, string>();
  const changed = (name: string, isRemoval: boolean, ...involved: readonly string[]): void => {
    if (!involved.some((path) => path.startsWith(root) || path.startsWith(lockFolder))) return;
    changes.push({ kind: kindOf(name, isRemoval, involved, root), what: `${name} ${involved.join(' ')}` });
    if (changes.length - 1 === lostAfter) loseLock(lockFolder);
  };
  const pathOf = (descriptor: number): string => paths.get(descriptor) ?? '';
  const real = nodeFileSystem;
  const files: FileSystem = {
    ...real,
    openSync: (path, flags, mode) => {
      const descriptor = real.openSync(path, flags, mode);
      paths.set(descriptor, String(path));
      if (typeof flags === 'string' && flags.startsWith('w')) changed('open', false, String(path));
      return descriptor;
    },
    writeSync: (descriptor: number, ...rest: readonly unknown[]) => {
      const [content, offset, length, position] = rest as [Buffer, number, number, number];
      const written = real.writeSync(descriptor, content, offset, length, position);
      changed('write', false, pathOf(descriptor));
      return written;
    },
    fsyncSync: (descriptor) => {
      real.fsyncSync(descriptor);
      changed('sync', false, pathOf(descriptor));
    },
    linkSync: (from, to) => {
      real.linkSync(from, to);
      changed('link', false, String(to));
    },
    renameSync: (from, to) => {
      real.renameSync(from, to);
      changed('rename', false, String(from), String(to));
    },
    unlinkSync: (path) => {
      real.unlinkSync(path);
      changed('unlink', true, String(path));
    },
  };
  return {
    files,
    changes,
    afterLoss: () =>
      changes.flatMap(({ kind, what }, index) =>
        lostAfter !== undefined && index > lostAfter && kind === 'lasting' ? [what] : [],
      ),
  };
}

function kindOf(name: string, isRemoval: boolean, involved: readonly string[], root: string): Change['kind'] {
  if (involved.every((path) => /^\.(?:lock|gitignore)/.test(basename(path)))) return 'other';
  // Side files that were renamed return to their database if the restore fails.
  const isAside = involved.some((path) => path.endsWith('.restore-aside'));
  if (isAside || involved.every((path) => isTemporary(path))) return isRemoval ? 'clean-up' : 'temporary';
  const isInside = involved.some((path) => path.startsWith(root));
  return name === 'sync' || !isInside ? 'other' : 'lasting';
}

function isTemporary(path: string): boolean {
  return basename(path).startsWith('.tmp-') || /\.restore-staged(?:-\w+)?$/.test(path);
}

function loseLock(lockFolder: string): void {
  const other = join(lockFolder, 'lock-of-another-process');
  writeFileSync(other, formatLockRecord(lockRecord()));
  renameSync(other, join(lockFolder, LOCK_NAME));
}

/**
 * The moments at which losing the lock must stop an operation: right before each run of lasting changes, or before the
 * temporary file if the lock is checked that early (`checksEarly`).
 */
export function momentsOfLoss(changes: readonly Change[], checksEarly: boolean): readonly number[] {
  const steps = [...changes.entries()].filter(([, { kind }]) => kind !== 'clean-up');
  const moments: number[] = [];
  for (const [position, [, { kind }]] of steps.entries()) {
    if (kind !== 'lasting' || steps[position - 1]?.[1].kind === 'lasting') continue;
    const before = steps.slice(0, position).findLast(([, step]) => !checksEarly || step.kind !== 'temporary');
    if (before !== undefined) moments.push(before[0]);
  }
  return moments;
}
