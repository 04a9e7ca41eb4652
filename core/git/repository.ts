import { dirname, join, resolve } from 'node:path';
import { isNotFound, systemErrorCode, readSmallFile, kindAt, type Ports } from '../system/index.js';

/** The repository around a folder, read from git's files; undefined outside a work tree. */
export function findRepository(folder: string, ports: Ports): Repository | undefined {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const gitFolder = gitFolderOf(current, ports);
    if (gitFolder !== undefined) return describe(current, gitFolder, ports);
    if (dirname(current) === current) return undefined;
  }
}

/**
 * The repository whose hook this process is. Git starts hooks at the top of the work tree, and says in `GIT_DIR` where
 * its folder is when that is not `.git`. Read from files: starting git costs more than all else that a hook does.
 */
export function repositoryOfHook(workTree: string, ports: Ports): Repository | undefined {
  const named = ports.environment.GIT_DIR;
  if (named === undefined || named === '') return findRepository(workTree, ports);
  return describe(workTree, resolve(workTree, named), ports);
}

/** The folder that Feature Backups has inside git's own. */
export function hookFolder(gitFolder: string): string {
  return join(gitFolder, 'feature-backups');
}

/** The longest is what a rebase of thousands of commits has noted for `post-rewrite`. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

function gitFolderOf(workTree: string, ports: Ports): string | undefined {
  const path = join(workTree, '.git');
  const kind = kindAt(path, ports);
  if (kind === 'nothing') return undefined;
  if (kind === 'folder') return path;
  // gitrepository-layout(5): a file that names the folder, in worktrees, submodules and --separate-git-dir.
  const target = /^gitdir: (.+)$/m.exec(readText(path, ports) ?? '')?.[1];
  return target === undefined ? undefined : resolve(workTree, target.trimEnd());
}

function describe(workTree: string, gitFolder: string, ports: Ports): Repository | undefined {
  if (kindAt(gitFolder, ports) !== 'folder') return undefined;
  const common = readText(join(gitFolder, 'commondir'), ports)?.trimEnd();
  return { workTree, gitFolder, commonFolder: common === undefined ? gitFolder : resolve(gitFolder, common) };
}

/**
 * The text of one of git's own files, which may be links; undefined where there is none, and for a pipe, a device or a file
 * above `maxSizeBytes`.
 */
export function readText(path: string, ports: Ports, maxSizeBytes = MAX_TEXT_BYTES): string | undefined {
  try {
    return readSmallFile(ports.files.realpathSync(path), maxSizeBytes, ports.files)?.toString('utf8');
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The names in one of our own folders; none where it is missing. */
export function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return ports.files.readdirSync(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** A repository as git's own files describe it; absolute paths. */
export interface Repository {
  readonly workTree: string;
  /** `.git`, or a worktree's or submodule's own folder: HEAD and the index lie here. */
  readonly gitFolder: string;
  /** What all worktrees share: refs, hooks, configuration. The same as `gitFolder` but in a linked worktree. */
  readonly commonFolder: string;
}
