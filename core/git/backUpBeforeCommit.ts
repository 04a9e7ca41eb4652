import { dirname, join, resolve } from 'node:path';
import { createBackup, type AfterBackup, type BackUpOutcome } from '../backup/index.js';
import type { GitPosition } from '../store/index.js';
import { BackupError, parseJson, stringsIn, type Ports } from '../system/index.js';
import { findProject, isStrictFolder, type Project } from '../project/index.js';
import { writePendingLinks } from './commitInbox.js';
import { readHead } from './head.js';
import { mainWorkTree } from './mainWorkTree.js';
import { findProjectFolders } from './projectFolders.js';
import { hookFolder, readText, repositoryOfHook } from './repository.js';
import type { Repository } from './repository.js';

/** The result for one project before a commit. */
export interface CommitBackup {
  readonly root: string;
  /** A failure stops the commit. */
  readonly strict: boolean;
  readonly result:
    | BackUpOutcome
    /** Anything but a BackupError is a bug. */
    | { readonly status: 'failed'; readonly error: unknown };
}

/**
 * Backs up every project in the repository of the running hook: those named at installation and those found in the work
 * tree. git ignores databases, so a new linked work tree has none; a project without one there is backed up in the main
 * work tree. Records the backups for `post-commit`. Never throws for a single project.
 */
export async function backUpBeforeCommit(
  workTree: string,
  ports: Ports,
  afterBackup?: AfterBackup,
): Promise<readonly CommitBackup[]> {
  const repository = repositoryOfHook(workTree, ports);
  if (repository === undefined) return [];
  const backups: CommitBackup[] = [];
  const backedUp = new Set<string>();
  let git: GitPosition | undefined;
  for (const { workTree, folders } of workTreesOf(repository, ports)) {
    const roots = new Map(folders.map((folder) => [resolve(workTree, folder), folder]));
    for (const [root, folder] of roots) {
      if (backedUp.has(folder)) continue;
      git ??= readHead(repository, ports);
      const results = await backUpProject(root, git, ports, afterBackup);
      backups.push(...results);
      if (results.length > 0) backedUp.add(folder);
    }
  }
  recordPendingLinks(repository, backups, ports);
  return backups;
}

/** A file in the hook folder with the projects that were named at installation, relative to the work tree. */
export const PROJECTS_FILE = 'projects';

function namedFolders({ commonFolder }: Repository, ports: Ports): readonly string[] {
  return stringsIn(parseJson(readText(join(hookFolder(commonFolder), PROJECTS_FILE), ports)));
}

/** The work trees to search, the committing one first, with the folders that may be projects, relative to it. */
export function* workTreesOf(repository: Repository, ports: Ports): Iterable<SearchedWorkTree> {
  const named = namedFolders(repository, ports);
  yield searchWorkTree(repository, named, ports);
  const main = mainWorkTree(repository, ports);
  if (main !== undefined) yield searchWorkTree(main, named, ports);
}

interface SearchedWorkTree {
  readonly workTree: string;
  readonly folders: readonly string[];
}

function searchWorkTree(repository: Repository, named: readonly string[], ports: Ports): SearchedWorkTree {
  return { workTree: repository.workTree, folders: [...named, ...findProjectFolders(repository, ports)] };
}

async function backUpProject(
  root: string,
  git: GitPosition,
  ports: Ports,
  afterBackup: AfterBackup | undefined,
): Promise<readonly CommitBackup[]> {
  let project: Project | undefined;
  try {
    project = await findProject(root, ports);
    const trigger = { source: 'git', reason: 'before_commit', git } as const;
    const result = await createBackup(project, trigger, ports, { afterBackup });
    return [{ root, strict: project.configuration.strict, result }];
  } catch (error) {
    // Normal for a new checkout or a project that has not started.
    if (project === undefined && isMissingProject(error)) return [];
    const strict = project?.configuration.strict ?? (await isStrictFolder(root, { ports, cwd: root }));
    return [{ root, strict, result: { status: 'failed', error } }];
  }
}

export function isMissingProject(error: unknown): boolean {
  return error instanceof BackupError && (error.code === 'database-not-found' || error.code === 'project-not-found');
}

/** If this fails, only the link to the commit is lost; the backups exist. */
function recordPendingLinks(repository: Repository, backups: readonly CommitBackup[], ports: Ports): void {
  try {
    writePendingLinks(repository, backups.flatMap(linkOf), ports);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.onWarning?.(`the backup will not be linked to its commit: ${reason}`);
  }
}

function linkOf({ result }: CommitBackup) {
  if (result.status !== 'created' && result.status !== 'unchanged') return [];
  return [{ storePath: dirname(result.backup.path), backupId: result.backup.id }];
}
