/** A repository as git's own files describe it; absolute paths. */
export interface Repository {
  readonly workTree: string;
  /** `.git`, or a worktree's or submodule's own folder: HEAD and the index lie here. */
  readonly gitFolder: string;
  /** What all worktrees share: refs, hooks, configuration. The same as `gitFolder` but in a linked worktree. */
  readonly commonFolder: string;
}

/** A commit made while a store's backup held the state of the backlog. */
export interface CommitLink {
  readonly storePath: string;
  readonly backupId: string;
}

/** What the shell side of the hooks has noted and nobody has written into the metadata yet. */
export type InboxEntry =
  | { readonly kind: 'commit'; readonly commit: string; readonly links: readonly CommitLink[] }
  | { readonly kind: 'rewrite'; readonly by: string; readonly from: string; readonly to: string };
