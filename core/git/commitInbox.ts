import { constants } from 'node:fs';
import { join } from 'node:path';
import { isNotFound, parseJson, writeAll, type Ports } from '../system/index.js';
import { isObjectId } from './head.js';
import { hookFolder, namesIn, readText } from './repository.js';
import type { InboxEntry, CommitLink } from './commitLink.js';
import type { Repository } from './repository.js';

/**
 * Records what was backed up before a commit. `post-commit` adds the commit id. A single line, so a shell can copy it
 * unparsed. An empty list clears the record of an aborted commit.
 */
export function writePendingLinks(repository: Repository, links: readonly CommitLink[], ports: Ports): void {
  const folder = hookFolder(repository.gitFolder);
  const path = join(folder, 'pending');
  if (links.length === 0 && (readText(path, ports) ?? '') === '') return;
  ports.files.mkdirSync(folder, { recursive: true });
  const descriptor = ports.files.openSync(path, OPEN_FOR_REPLACING);
  try {
    // Not synced: it is needed for one commit only, which a power failure would lose too.
    writeAll(descriptor, Buffer.from(links.length === 0 ? '' : `${formatLinks(links)}\n`), ports.files);
  } finally {
    ports.files.closeSync(descriptor);
  }
}

/** Like 'w', but a pipe cannot block a commit, and a link is not followed. */
const OPEN_FOR_REPLACING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export function formatLinks(links: readonly CommitLink[]): string {
  return JSON.stringify(links.map(({ storePath, backupId }) => [storePath, backupId]));
}

/** Passes every entry of the inbox to `work`, oldest first. If `work` fails, the entries stay. */
export async function processInbox(
  folder: string,
  ports: Ports,
  work: (entries: readonly InboxEntry[]) => Promise<void>,
): Promise<void> {
  setAside(folder, ports);
  const paths = namesIn(folder, ports)
    .filter((name) => ASIDE_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
  const lines = paths.flatMap((path) => (readText(path, ports) ?? '').split('\n'));
  const entries = lines.map(parseEntry).filter((entry) => entry !== undefined);
  if (entries.length > 0) await work(entries);
  // A concurrent process does the same; the slower one finds the file missing.
  for (const path of paths) removeExisting(path, ports);
}

const ASIDE = 'inbox-';
const ASIDE_NAME = /^inbox-\d{15}-\d+$/;

/** Renames the inbox, so hooks start a new one. */
function setAside(folder: string, ports: Ports): void {
  // The time first, so names sort in the order of the commits.
  const aside = `${ASIDE}${ports.now().getTime().toString().padStart(15, '0')}-${process.pid.toString()}`;
  try {
    ports.files.renameSync(join(folder, 'inbox'), join(folder, aside));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** `commit <id> <backups as JSON>` or `rewrite <amend|rebase> <old id> <new id>`; anything else is dropped. */
export function parseEntry(line: string): InboxEntry | undefined {
  const [kind, first = '', ...rest] = line.split(' ');
  if (kind === 'commit' && isObjectId(first)) return { kind, commit: first, links: parseLinks(rest.join(' ')) };
  const [from = '', to = ''] = rest;
  if (kind === 'rewrite' && isObjectId(from) && isObjectId(to)) return { kind, by: first, from, to };
  return undefined;
}

function parseLinks(text: string): readonly CommitLink[] {
  const json = parseJson(text);
  if (!Array.isArray(json)) return [];
  return json.flatMap((item: unknown) => {
    const [storePath, backupId] = Array.isArray(item) ? (item as unknown[]) : [];
    return typeof storePath === 'string' && typeof backupId === 'string' ? [{ storePath, backupId }] : [];
  });
}

function removeExisting(path: string, ports: Ports): void {
  try {
    ports.files.unlinkSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
