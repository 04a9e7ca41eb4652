import type { Repository } from '../repository.js';

/** What a repository's hooks belong to, and so how ours get in. */
export const HOOK_MANAGERS = [
  'husky',
  'lefthook',
  'simple-git-hooks',
  'pre-commit',
  'git-config',
  'hooks-folder',
] as const;

export type HookManager = (typeof HOOK_MANAGERS)[number];

/** Every hook that is installed, in the order in which a commit meets them. */
export const HOOKS = ['pre-commit', 'pre-merge-commit', 'post-commit', 'post-merge', 'post-rewrite'] as const;

export type Hook = (typeof HOOKS)[number];

/** A small file, as it is or shall be; null where there is none. */
export interface FileState {
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

export interface FileChange {
  /** Absolute. */
  readonly path: string;
  readonly before: FileState | null;
  readonly after: FileState | null;
}

/** A hook that is no shell script: it moves aside whole, and ours calls it. */
export interface FileMove {
  readonly from: string;
  readonly to: string;
}

/** What an installation or its removal will do; nothing is done yet. */
export interface HookPlan {
  readonly repository: Repository;
  readonly manager: HookManager;
  /** Done first, in this order; those of a removal come last. */
  readonly moves: readonly FileMove[];
  /** Files that a person or a tool of his owns or reads: hooks, configurations. */
  readonly changes: readonly FileChange[];
  /** Our own folder inside git's. */
  readonly ownChanges: readonly FileChange[];
  /** The record in the user's own state, as it shall be; null: it goes, undefined: it stays as it is. */
  readonly record: Buffer | null | undefined;
  /** Removed at the end of a removal, where nothing is left in them. */
  readonly emptyFolders: readonly string[];
  /** What the person should know: in sentences. */
  readonly notes: readonly string[];
  /** Nothing to do. */
  readonly isDone: boolean;
}

/** What gets installed. */
export interface HookProgram {
  /** Of the node that will run it, or VS Code's runtime; absolute. */
  readonly node: string;
  /** The bundle `git-hook.cjs`; absolute. */
  readonly program: string;
  /** The content of `gitHook.sh`. */
  readonly script: Buffer;
}

/** How one kind of hook manager takes our hooks in. */
export interface HookPlacement {
  readonly manager: HookManager;
  readonly moves: readonly FileMove[];
  readonly changes: readonly FileChange[];
  readonly notes: readonly string[];
}
