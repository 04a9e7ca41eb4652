import { dirname, join, resolve } from 'node:path';
import { isNotFound, systemErrorCode, readSmallFile, kindAt, type Ports } from '../system/index.js';

/** The repository around a folder, read from git's files; undefined outside a work tree. */
export function findRepository(folder: string, ports: Ports): Repository | undefined {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const gitFolder = gitFolderOf(current, ports);
    if (gitFolder !== undefined) return openRepository(current, gitFolder, ports);
    if (dirname(current) === current) return undefined;
  }
}

/**
 * The repository of the running hook. git starts hooks at the top of the work tree, and sets `GIT_DIR` if its folder is
 * not `.git`. Read from files, because starting git takes longer than the rest of a hook.
 */
export function repositoryOfHook(workTree: string, ports: Ports): Repository | undefined {
  const named = ports.environment.GIT_DIR;
  if (named === undefined || named === '') return findRepository(workTree, ports);
  return openRepository(workTree, resolve(workTree, named), ports);
}

/** The folder of Feature Backups inside git's folder. */
export function hookFolder(gitFolder: string): string {
  return join(gitFolder, 'feature-backups');
}

/** Enough for a rebase of thousands of commits. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

function gitFolderOf(workTree: string, ports: Ports): string | undefined {
  const path = join(workTree, '.git');
  const kind = kindAt(path, ports);
  if (kind === 'nothing') return undefined;
  if (kind === 'folder') return path;
  // gitrepository-layout(5): in worktrees, submodules and with --separate-git-dir, a file names the folder.
  const target = /^gitdir: (.+)$/m.exec(readText(path, ports) ?? '')?.[1];
  return target === undefined ? undefined : resolve(workTree, target.trimEnd());
}

function openRepository(workTree: string, gitFolder: string, ports: Ports): Repository | undefined {
  if (kindAt(gitFolder, ports) !== 'folder') return undefined;
  const common = readText(join(gitFolder, 'commondir'), ports)?.trimEnd();
  return { workTree, gitFolder, commonFolder: common === undefined ? gitFolder : resolve(gitFolder, common) };
}

/**
 * The text of one of git's files, which may be links; undefined if missing, and for a pipe, a device or a file above
 * `maxSizeBytes`.
 */
export function readText(path: string, ports: Ports, maxSizeBytes = MAX_TEXT_BYTES): string | undefined {
  try {
    return readSmallFile(ports.files.realpathSync(path), maxSizeBytes, ports.files)?.toString('utf8');
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Empty if the folder is missing. */
export function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return ports.files.readdirSync(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** All paths are absolute. */
export interface Repository {
  readonly workTree: string;
  /** `.git`, or a worktree's or submodule's own folder, with HEAD and the index. */
  readonly gitFolder: string;
  /** Shared by all worktrees: refs, hooks, configuration. Differs from `gitFolder` in a linked worktree only. */
  readonly commonFolder: string;
}
