/** A commit made while a store's backup held the state of the backlog. */
export interface CommitLink {
  readonly storePath: string;
  readonly backupId: string;
}

/** What the shell side of the hooks has noted and nobody has written into the metadata yet. */
export type InboxEntry =
  | { readonly kind: 'commit'; readonly commit: string; readonly links: readonly CommitLink[] }
  | { readonly kind: 'rewrite'; readonly by: string; readonly from: string; readonly to: string };
