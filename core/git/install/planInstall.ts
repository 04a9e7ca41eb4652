import { isAbsolute, join, relative, resolve } from 'node:path';
import { BackupError, gitOutput, parseJson, stringsIn, type Ports } from '../../system/index.js';
import { PROJECTS_FILE } from '../backUpBeforeCommit.js';
import { findRepository, hookFolder, readText } from '../repository.js';
import type { Repository } from '../repository.js';
import { isSame, readState } from './fileState.js';
import { placeInGitConfig, runsConfiguredHooks } from './gitConfig.js';
import { frameworkOf, placeInFolder } from './hooksFolder.js';
import { placeInHusky } from './husky.js';
import { placeInLefthook } from './lefthook.js';
import { formatRecord, readOldRecord, readRecord, recordOf } from './record.js';
import { isUser, sharedFolderOf } from './sharedFolder.js';
import { placeInSimpleGitHooks } from './simpleGitHooks.js';
import {
  HOOKS,
  type FileChange,
  type HookManager,
  type HookPlacement,
  type HookPlan,
  type HookProgram,
} from './hookPlan.js';

export interface InstallOptions {
  /** Projects to back up in addition to those found in the work tree; relative to it, or absolute. */
  readonly projects?: readonly string[] | undefined;
  /** Overrides the detected hook manager. */
  readonly using?: HookManager | undefined;
}

/**
 * Plans the installation of the hooks in the repository around a folder. The plan is empty if they are installed already.
 * Throws `usage` outside a repository.
 */
export async function planInstall(
  folder: string,
  program: HookProgram,
  ports: Ports,
  options: InstallOptions = {},
): Promise<HookPlan> {
  const repository = repositoryAt(folder, ports);
  const hooksFolder = hooksFolderOf(repository, ports);
  const placement = await place(repository, hooksFolder, options.using, ports);
  const changes = placement.changes.filter(({ before, after }) => !isSame(before, after));
  const own = ownFiles(repository, program, options.projects ?? [], ports);
  const ownChanges = own.filter(({ before, after }) => !isSame(before, after));
  const isPlaced = changes.length + placement.moves.length === 0;
  const sharedFolder = placement.manager === 'git-config' ? undefined : sharedFolderOf(repository, hooksFolder);
  const isRegistered = sharedFolder === undefined || isUser(sharedFolder, repository, ports);
  const record = isPlaced ? undefined : await recordOf(readRecord(repository, ports), { ...placement, changes }, ports);
  return {
    ...placement,
    repository,
    changes,
    ownChanges,
    record: record && Buffer.from(formatRecord(record)),
    emptyFolders: [],
    sharedFolder,
    isEmpty: isPlaced && ownChanges.length === 0 && isRegistered,
  };
}

export function repositoryAt(folder: string, ports: Ports): Repository {
  const repository = findRepository(folder, ports);
  if (repository !== undefined) return repository;
  throw new BackupError(`${folder} is not in a git work tree`, {
    code: 'usage',
    operation: 'find the git repository',
    path: folder,
    hint: 'Run this inside the repository whose commits should make backups.',
  });
}

async function place(
  repository: Repository,
  folder: string,
  using: HookManager | undefined,
  ports: Ports,
): Promise<HookPlacement> {
  const detected =
    (await placeInManager(repository, folder, using, ports)) ??
    (using === 'git-config' || (using === undefined && prefersConfiguration(repository, folder, ports))
      ? placeInGitConfig(repository, ports)
      : placeInFolder(repository, folder, usedFramework(folder, ports) ?? 'hooks-folder', ports));
  if (using === undefined || detected.manager === using) return detected;
  throw new BackupError(`${using} is not in use here`, {
    code: 'usage',
    operation: 'install the git hooks',
    path: repository.workTree,
    hint: `Omit it to use the detected one: ${detected.manager}.`,
  });
}

/** Undefined if no hook manager with a configuration is in use, or not the given one. */
export async function placeInManager(
  repository: Repository,
  folder: string,
  using: HookManager | undefined,
  ports: Ports,
): Promise<HookPlacement | undefined> {
  const uses = (manager: HookManager): boolean => using === undefined || using === manager;
  const husky = uses('husky') ? placeInHusky(repository, folder, ports) : undefined;
  if (husky !== undefined) return husky;
  const lefthook = uses('lefthook') ? await placeInLefthook(repository, folder, ports) : undefined;
  if (lefthook !== undefined) return lefthook;
  return uses('simple-git-hooks') ? await placeInSimpleGitHooks(repository, folder, ports) : undefined;
}

/** Respects `core.hooksPath`. */
export function hooksFolderOf({ workTree }: Repository, ports: Ports): string {
  const path = gitOutput(workTree, ['rev-parse', '--git-path', 'hooks'], ports);
  if (path !== undefined) return resolve(workTree, path);
  throw new BackupError('git did not report its hooks folder', {
    code: 'io',
    operation: 'find the hooks folder',
    path: workTree,
    hint: 'Run `git rev-parse --git-path hooks` there to see the reason.',
  });
}

function prefersConfiguration(repository: Repository, folder: string, ports: Ports): boolean {
  if (usedFramework(folder, ports) !== undefined) return false;
  // An existing installation stays in the folder, even if git has been upgraded since.
  const record = readRecord(repository, ports) ?? readOldRecord(repository, ports);
  if (record !== undefined) return record.manager === 'git-config';
  return runsConfiguredHooks(gitOutput(repository.workTree, ['version'], ports) ?? '');
}

function usedFramework(folder: string, ports: Ports): HookManager | undefined {
  return HOOKS.map((hook) => frameworkOf(folder, hook, ports)).find((framework) => framework !== undefined);
}

function ownFiles(
  repository: Repository,
  { node, program, script }: HookProgram,
  projects: readonly string[],
  ports: Ports,
): readonly FileChange[] {
  const settings = `# Read by gitHook.sh beside it.\nnode=${shellQuoted(node)}\nprogram=${shellQuoted(program)}\n`;
  const known = stringsIn(parseJson(readText(join(hookFolder(repository.commonFolder), PROJECTS_FILE), ports)));
  const named = [...new Set([...known, ...projects.map((path) => relativeToWorkTree(path, repository))])];
  return [
    ownFile(repository, 'gitHook.sh', script, 0o755, ports),
    ownFile(repository, 'settings', Buffer.from(settings), 0o644, ports),
    ...(named.length === 0
      ? []
      : [ownFile(repository, PROJECTS_FILE, Buffer.from(`${JSON.stringify(named)}\n`), 0o644, ports)]),
  ];
}

/** Relative if inside, so it is valid in every worktree. */
function relativeToWorkTree(path: string, { workTree }: Repository): string {
  const inside = relative(workTree, resolve(workTree, path));
  return inside.startsWith('..') || isAbsolute(inside) ? resolve(workTree, path) : inside;
}

function ownFile({ commonFolder }: Repository, name: string, content: Buffer, mode: number, ports: Ports): FileChange {
  const path = join(hookFolder(commonFolder), name);
  return { path, before: readState(path, ports), after: { content, mode } };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
