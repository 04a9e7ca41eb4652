/** The backup that matched the backlog when a commit was made. */
export interface CommitLink {
  readonly storePath: string;
  readonly backupId: string;
}

/** Recorded by the shell hooks, and not yet written into the metadata. */
export type InboxEntry =
  | { readonly kind: 'commit'; readonly commit: string; readonly links: readonly CommitLink[] }
  | { readonly kind: 'rewrite'; readonly by: string; readonly from: string; readonly to: string };
