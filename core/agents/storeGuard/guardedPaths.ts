import { matchesName, namesOf, splitPath, type Glob } from './namePattern.js';
import type { ShellState } from './shellWalk.js';

/** The paths to guard, split into names from the root of the file system down. */
export interface GuardedPaths {
  readonly project: readonly string[];
  readonly store: readonly string[];
}

export function guardedPathsOf(root: string, storePath: string): GuardedPaths {
  return { project: splitPath(root), store: splitPath(storePath) };
}

/** `above`: a folder that contains the store; `inside`: a file or folder in it. */
export type Relation = 'above' | 'store' | 'inside';

/** How the paths that a word names relate to the store; undefined if they do not, or are unknown. */
export function relationOf(
  path: Glob,
  { cwd, matchesDots }: Pick<ShellState, 'cwd' | 'matchesDots'>,
  { store }: GuardedPaths,
): Relation | undefined {
  const names = namesOf(path, cwd);
  if (names === undefined) return undefined;
  const isMatch = store.slice(0, names.length).every((name, at) => matchesName(names[at] ?? '', name, matchesDots));
  if (!isMatch) return undefined;
  if (names.length === store.length) return 'store';
  return names.length < store.length ? 'above' : 'inside';
}

/** What a command would do to the store, and the advice to give instead. */
export interface StoreDamage {
  readonly effect: 'delete' | 'move' | 'overwrite';
  readonly advice: string | undefined;
}
