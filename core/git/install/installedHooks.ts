import { join } from 'node:path';
import { gitOutput, kindAt, userHome, type Ports } from '../../system/index.js';
import { findRepository, hookFolder, namesIn, readText } from '../repository.js';
import type { Repository } from '../repository.js';
import { isCloned, readStateIfPlain } from './fileState.js';
import { filesOfHook, findInactiveHook, type InactiveHook } from './inactiveHook.js';
import { readOldRecord, readRecord } from './record.js';
import { blockIn, shellCommand } from './shellBlock.js';
import type { HookManager } from './hookPlan.js';

/** The git hooks that the user installed in a repository. */
export interface InstalledHooks {
  readonly repository: Repository;
  readonly manager: HookManager;
  /** Why git does not run them all; undefined if it does. */
  readonly problem: InactiveHook | undefined;
}

/** The installed hooks of the repository around a folder; undefined if none were installed. Starts git if they were. */
export function readInstalledHooks(folder: string, ports: Ports): InstalledHooks | undefined {
  const repository = findRepository(folder, ports);
  if (repository === undefined) return undefined;
  const record = readRecord(repository, ports) ?? readOldRecord(repository, ports);
  const scriptPath = join(hookFolder(repository.commonFolder), 'gitHook.sh');
  const hasScript = kindAt(scriptPath, ports) !== 'nothing';
  if (!hasScript && record === undefined) return undefined;
  const manager =
    record?.manager ?? (configuredCommand(repository, ports) === undefined ? 'hooks-folder' : 'git-config');
  return { repository, manager, problem: problemOf(repository, manager, hasScript ? undefined : scriptPath, ports) };
}

/** The installed lines of the hook that runs before a commit, as a script for the shell. */
export function linesBeforeCommit(repository: Repository, ports: Ports): string {
  const configured = configuredCommand(repository, ports);
  if (configured !== undefined) return configured;
  // A file in the work tree can come with a clone, so only its lines that are ours count.
  const files = filesOfHook(repository, 'pre-commit', ports).filter((path) => !isCloned(path, repository));
  const blocks = files.map((path) => {
    const content = readStateIfPlain(path, ports)?.content;
    return content === undefined ? undefined : blockIn(content);
  });
  // A hook manager runs them from a file in the work tree. They were found there, but the file is not trusted.
  return blocks.find((block) => block !== undefined) ?? shellCommand('pre-commit');
}

function configuredCommand({ workTree }: Repository, ports: Ports): string | undefined {
  const command = gitOutput(workTree, ['config', '--get', 'hook.feature-backups-pre-commit.command'], ports);
  return command === '' ? undefined : command;
}

const ADVICE = 'Run feature-backups install git';

function problemOf(
  repository: Repository,
  manager: HookManager,
  missingScript: string | undefined,
  ports: Ports,
): InactiveHook | undefined {
  const missing = missingScript ?? missingProgram(repository, ports);
  if (missing !== undefined) return { message: `The git hooks start ${missing}, which does not exist`, hint: ADVICE };
  const inactive = findInactiveHook({ repository, manager }, ports);
  if (inactive === undefined) return undefined;
  const isOwnPlace = manager === 'hooks-folder' || manager === 'git-config';
  return isOwnPlace ? { ...inactive, hint: ADVICE } : inactive;
}

/** The program in the settings beside the script. The script also finds that of an installed extension. */
function missingProgram({ commonFolder }: Repository, ports: Ports): string | undefined {
  const settings = readText(join(hookFolder(commonFolder), 'settings'), ports) ?? '';
  const program = /^program='(.*)'$/m.exec(settings)?.[1]?.replaceAll("'\\''", "'");
  if (program === undefined || kindAt(program, ports) !== 'nothing') return undefined;
  return isInExtension(ports) ? undefined : program;
}

function isInExtension(ports: Ports): boolean {
  const home = userHome(ports.environment);
  if (home === undefined) return false;
  const folders = namesIn(home, ports)
    .filter((name) => name.startsWith('.vscode'))
    .map((name) => join(home, name, 'extensions'));
  return folders.some((folder) =>
    ifListed(folder, ports)
      .filter((name) => name.includes('feature-backups-'))
      .some((name) => kindAt(join(folder, name, 'dist/git-hook.cjs'), ports) === 'file'),
  );
}

function ifListed(folder: string, ports: Ports): readonly string[] {
  return kindAt(folder, ports) === 'folder' ? namesIn(folder, ports) : [];
}
