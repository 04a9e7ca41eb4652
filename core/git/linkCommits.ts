import { join } from 'node:path';
import {
  catalogOf,
  isOrdinary,
  readStoreNames,
  updateMetadata,
  metadataUnknown,
  type Backup,
  type GitPosition,
} from '../store/index.js';
import { kindAt, parseJson, replaceFile, stringsIn, uniqueToken, withStoreLock, type Ports } from '../system/index.js';
import { processInbox } from './commitInbox.js';
import { readText } from './repository.js';
import type { InboxEntry } from './commitLink.js';

/**
 * Writes the commits and rewrites that the hooks have recorded into the backups' metadata. Running it again changes
 * nothing. Throws `metadata-unknown` at the end if a backup's metadata is unreadable; its commits stay in the inbox.
 */
export async function linkCommits(folder: string, ports: Ports): Promise<void> {
  await processInbox(folder, ports, async (entries) => {
    let unreadBackup: Backup | undefined;
    for (const storePath of recordStores(folder, entries, ports)) {
      if (kindAt(storePath, ports) !== 'folder') continue;
      // Commits are linked without opening the project.
      ports.changeOwnerOfNewEntries?.({ path: storePath, ancestorPaths: [], owner: ports.files.statSync(storePath) });
      const unread = await withStoreLock(storePath, ports, () => linkInStore(storePath, entries, ports));
      unreadBackup ??= unread;
    }
    const problem = unreadBackup?.metadataProblem;
    if (unreadBackup !== undefined && problem !== undefined)
      throw metadataUnknown(unreadBackup.id, problem, 'link a commit');
  });
}

/** The commits that are linked to a backup, newest last. */
export function commitsOf(backup: Backup): readonly string[] {
  const { commit, earlierCommits = [] } = backup.metadata?.git ?? {};
  return commit === undefined ? earlierCommits : [...earlierCommits, commit];
}

/** Returns a backup with unreadable metadata that entries may belong to; they can be written once it is readable. */
function linkInStore(storePath: string, entries: readonly InboxEntry[], ports: Ports): Backup | undefined {
  const { backups } = catalogOf(storePath, readStoreNames(storePath, ports), ports);
  const before = new Map(backups.filter(isOrdinary).map((backup) => [backup.id, commitsOf(backup)]));
  const after = new Map(before);
  // Damaged metadata never becomes readable: waiting for it would block the other commits forever.
  const unreadable = backups.find((backup) => isOrdinary(backup) && backup.metadataProblem?.kind === 'unreadable');
  let unreadBackup: Backup | undefined;
  for (const entry of entries) {
    if (mayNeedUnreadable(entry, after)) unreadBackup ??= unreadable;
    apply(entry, storePath, after);
  }
  for (const backup of backups) {
    const commits = after.get(backup.id);
    if (commits === undefined || commits === before.get(backup.id)) continue;
    if (backup.metadataProblem !== undefined) {
      if (backup.metadataProblem.kind === 'unreadable') unreadBackup ??= backup;
      continue;
    }
    updateMetadata(storePath, backup, (metadata) => ({ ...metadata, git: withCommits(metadata.git, commits) }), ports);
  }
  return unreadBackup;
}

type Rewrite = Extract<InboxEntry, { kind: 'rewrite' }>;
type CommitsByBackup = Map<string, readonly string[]>;

function apply(entry: InboxEntry, storePath: string, commits: CommitsByBackup): void {
  if (entry.kind === 'commit') {
    const link = entry.links.find((candidate) => candidate.storePath === storePath);
    if (link !== undefined) moveTo(link.backupId, entry.commit, commits);
    return;
  }
  const backupId = backupIdOf(entry.from, commits);
  if (backupId !== undefined && inheritsBackup(entry, commits)) moveTo(backupId, entry.to, commits);
}

/** The old commit has no backup that could be read, so an unreadable one may be its backup. */
function mayNeedUnreadable(entry: InboxEntry, commits: CommitsByBackup): boolean {
  return entry.kind === 'rewrite' && inheritsBackup(entry, commits) && backupIdOf(entry.from, commits) === undefined;
}

function inheritsBackup({ by, to }: Rewrite, commits: CommitsByBackup): boolean {
  // An amended commit has its own backup. A rebased commit keeps the backup of the original commit, even if the rebase
  // stopped and ran the hooks.
  return by === 'rebase' || backupIdOf(to, commits) === undefined;
}

function backupIdOf(commit: string, commits: CommitsByBackup): string | undefined {
  for (const [id, linked] of commits) if (linked.includes(commit)) return id;
  return undefined;
}

/** A commit is linked to one backup at most. */
function moveTo(backupId: string, commit: string, commits: CommitsByBackup): void {
  const linked = commits.get(backupId);
  if (linked === undefined || linked.includes(commit)) return;
  const previous = backupIdOf(commit, commits);
  if (previous !== undefined)
    commits.set(
      previous,
      (commits.get(previous) ?? []).filter((other) => other !== commit),
    );
  commits.set(backupId, [...linked, commit].slice(-MAX_COMMITS));
}

/** The metadata is rewritten for each commit. Older commits are still found by their time. */
const MAX_COMMITS = 1000;

function withCommits(git: GitPosition | undefined, commits: readonly string[]): GitPosition {
  const commit = commits.at(-1);
  const earlierCommits = commits.slice(0, -1);
  return {
    branch: git?.branch ?? null,
    head: git?.head ?? null,
    ...(commit !== undefined && { commit }),
    ...(earlierCommits.length > 0 && { earlierCommits }),
  };
}

/** All stores with linked commits. A rewrite entry does not name its stores. */
function recordStores(folder: string, entries: readonly InboxEntry[], ports: Ports): readonly string[] {
  const path = join(folder, 'stores');
  const known = stringsIn(parseJson(readText(path, ports)));
  const named = entries.flatMap((entry) => (entry.kind === 'commit' ? entry.links.map((link) => link.storePath) : []));
  const all = [...new Set([...known, ...named])];
  if (all.length > known.length) {
    replaceFile(path, `${path}-${uniqueToken()}`, Buffer.from(`${JSON.stringify(all)}\n`), ports.files);
  }
  return all;
}
