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
import { kindAt, parseJson, replaceFile, textsIn, uniqueToken, withStoreLock, type Ports } from '../system/index.js';
import { emptyInbox } from './commitInbox.js';
import { readText } from './repository.js';
import type { InboxEntry } from './commitLink.js';

/**
 * Writes what the hooks have noted in their folder into the backups' metadata: which commits were made while the backlog
 * was in a backup's state, and what became of them when history was rewritten. May run twice, or late; it changes nothing then.
 * Throws `metadata-unknown`, after all else is done, where a backup's metadata cannot be read just now: its commits wait.
 */
export async function linkCommits(folder: string, ports: Ports): Promise<void> {
  await emptyInbox(folder, ports, async (entries) => {
    let waiting: Backup | undefined;
    for (const storePath of rememberStores(folder, entries, ports)) {
      if (kindAt(storePath, ports) !== 'folder') continue;
      const unread = await withStoreLock(storePath, ports, () => linkInStore(storePath, entries, ports));
      waiting ??= unread;
    }
    const problem = waiting?.metadataProblem;
    if (waiting !== undefined && problem !== undefined) throw metadataUnknown(waiting.id, problem, 'note a commit');
  });
}

/** Every commit that a backup stands for, the newest last. */
export function commitsOf(backup: Backup): readonly string[] {
  const { commit, earlierCommits = [] } = backup.metadata?.git ?? {};
  return commit === undefined ? earlierCommits : [...earlierCommits, commit];
}

/** Returns a backup whose metadata has to be read first, for the entries that it may concern. */
function linkInStore(storePath: string, entries: readonly InboxEntry[], ports: Ports): Backup | undefined {
  const { backups } = catalogOf(storePath, readStoreNames(storePath, ports), ports);
  const before = new Map(backups.filter(isOrdinary).map((backup) => [backup.id, commitsOf(backup)]));
  const after = new Map(before);
  // Damaged metadata would hold the other commits up for ever.
  const unreadable = backups.find((backup) => isOrdinary(backup) && backup.metadataProblem?.kind === 'unreadable');
  let waiting: Backup | undefined;
  for (const entry of entries) {
    if (mayConcernUnread(entry, after)) waiting ??= unreadable;
    apply(entry, storePath, after);
  }
  for (const backup of backups) {
    const commits = after.get(backup.id);
    if (commits === undefined || commits === before.get(backup.id)) continue;
    if (backup.metadataProblem !== undefined) {
      if (backup.metadataProblem.kind === 'unreadable') waiting ??= backup;
      continue;
    }
    updateMetadata(storePath, backup, (metadata) => ({ ...metadata, git: withCommits(metadata.git, commits) }), ports);
  }
  return waiting;
}

type Rewrite = Extract<InboxEntry, { kind: 'rewrite' }>;
type CommitsByBackup = Map<string, readonly string[]>;

function apply(entry: InboxEntry, storePath: string, commits: CommitsByBackup): void {
  if (entry.kind === 'commit') {
    const link = entry.links.find((candidate) => candidate.storePath === storePath);
    if (link !== undefined) moveTo(link.backupId, entry.commit, commits);
    return;
  }
  const holder = holderOf(entry.from, commits);
  if (holder !== undefined && takesBackupOver(entry, commits)) moveTo(holder, entry.to, commits);
}

/** No backup that could be read holds the old commit, so one that could not may hold it. */
function mayConcernUnread(entry: InboxEntry, commits: CommitsByBackup): boolean {
  return entry.kind === 'rewrite' && takesBackupOver(entry, commits) && holderOf(entry.from, commits) === undefined;
}

function takesBackupOver({ by, to }: Rewrite, commits: CommitsByBackup): boolean {
  // An amended commit had a backup of its own made for it. One that a rebase made anew is the old one's successor, even
  // where the rebase stopped and ran the hooks: the backlog of that old day is what belongs to it.
  return by === 'rebase' || holderOf(to, commits) === undefined;
}

function holderOf(commit: string, commits: CommitsByBackup): string | undefined {
  for (const [id, held] of commits) if (held.includes(commit)) return id;
  return undefined;
}

/** A commit has one backup. */
function moveTo(backupId: string, commit: string, commits: CommitsByBackup): void {
  const held = commits.get(backupId);
  if (held === undefined || held.includes(commit)) return;
  const previous = holderOf(commit, commits);
  if (previous !== undefined)
    commits.set(
      previous,
      (commits.get(previous) ?? []).filter((other) => other !== commit),
    );
  commits.set(backupId, [...held, commit].slice(-MAX_COMMITS));
}

/** The metadata is rewritten with each; older commits are still found, by their time. */
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

/** All stores that a commit was ever tied in: a rewrite names none. */
function rememberStores(folder: string, entries: readonly InboxEntry[], ports: Ports): readonly string[] {
  const path = join(folder, 'stores');
  const known = textsIn(parseJson(readText(path, ports)));
  const named = entries.flatMap((entry) => (entry.kind === 'commit' ? entry.links.map((link) => link.storePath) : []));
  const all = [...new Set([...known, ...named])];
  if (all.length > known.length) {
    replaceFile(path, `${path}-${uniqueToken()}`, Buffer.from(`${JSON.stringify(all)}\n`), ports.files);
  }
  return all;
}
