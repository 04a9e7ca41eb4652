import type { Repository } from '../repository.js';

/** The tools that can own a repository's hooks. */
export const HOOK_MANAGERS = [
  'husky',
  'lefthook',
  'simple-git-hooks',
  'pre-commit',
  'prek',
  'git-config',
  'hooks-folder',
] as const;

export type HookManager = (typeof HOOK_MANAGERS)[number];

/** In the order in which a commit runs them. */
export const HOOKS = ['pre-commit', 'pre-merge-commit', 'post-commit', 'post-merge', 'post-rewrite'] as const;

export type Hook = (typeof HOOKS)[number];

/** The content of a small file. */
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

/** A hook that is not a shell script. It is moved aside, and the new hook calls it. */
export interface FileMove {
  readonly from: string;
  readonly to: string;
}

/** The changes that an installation or its removal will make. */
export interface HookPlan {
  readonly repository: Repository;
  readonly manager: HookManager;
  /** First when installing, last when removing. */
  readonly moves: readonly FileMove[];
  /** Hooks and configurations that belong to the user or a hook manager. */
  readonly changes: readonly FileChange[];
  /** Changes to our own files, in the hook folder. */
  readonly ownChanges: readonly FileChange[];
  /** The new record in the state folder; null removes it, undefined keeps it. */
  readonly record: Buffer | null | undefined;
  /** Removed at the end if empty. */
  readonly emptyFolders: readonly string[];
  /** The hooks folder if it is outside the repository, where other repositories may use it, too. */
  readonly sharedFolder: string | undefined;
  /** Sentences for the user. */
  readonly notes: readonly string[];
  readonly isEmpty: boolean;
}

export interface HookProgram {
  /** Node or VS Code's runtime; absolute. */
  readonly node: string;
  /** The bundle `git-hook.cjs`; absolute. */
  readonly program: string;
  /** The content of `gitHook.sh`. */
  readonly script: Buffer;
}

/** How to install the hooks with one hook manager. */
export interface HookPlacement {
  readonly manager: HookManager;
  readonly moves: readonly FileMove[];
  readonly changes: readonly FileChange[];
  readonly notes: readonly string[];
}
