import { basename, dirname, join } from 'node:path';
import { gitOutput, type Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { readStateIfPlain } from './fileState.js';
import { runsConfiguredHooks } from './gitConfig.js';
import { frameworkOf, isExecutable } from './hooksFolder.js';
import { LOCAL_NAMES } from './lefthook.js';
import { hooksFolderOf } from './planInstall.js';
import { SCRIPT_NAME } from './shellBlock.js';
import { HOOKS, type Hook, type HookManager, type HookPlan } from './hookPlan.js';

/** An installed hook that git does not run. */
export interface InactiveHook {
  readonly message: string;
  readonly hint: string;
}

/**
 * Finds the first hook whose installed lines git does not run; undefined if git runs them all. Called after an
 * installation, because a hook manager may not have set up this work tree, or a hook may not be executable.
 */
export function findInactiveHook(
  { repository, manager }: Pick<HookPlan, 'repository' | 'manager'>,
  ports: Ports,
): InactiveHook | undefined {
  const folder = hooksFolderOf(repository, ports);
  for (const hook of HOOKS) {
    const reason =
      manager === 'git-config'
        ? problemInConfiguration(repository, hook, ports)
        : problemOfFile(join(folder, hook), { repository, folder, hook }, ports);
    if (reason === undefined) continue;
    return { message: `git does not run the ${hook} hook of Feature Backups: ${reason}`, hint: HINTS[manager] };
  }
  return undefined;
}

const AGAIN = 'in this work tree, then run feature-backups install git again.';

const HINTS: Readonly<Record<HookManager, string>> = {
  husky: `Run \`npm install\` or \`npx husky\` ${AGAIN}`,
  lefthook: `Run \`lefthook install\` ${AGAIN}`,
  'simple-git-hooks': `Run \`npx simple-git-hooks\` ${AGAIN}`,
  'pre-commit': `Run \`pre-commit install\` ${AGAIN}`,
  prek: `Run \`prek install\` ${AGAIN}`,
  'git-config': 'Use git 2.54 or newer.',
  'hooks-folder': 'Make the hook executable, or remove it, then run feature-backups install git again.',
};

function problemInConfiguration({ workTree }: Repository, hook: Hook, ports: Ports): string | undefined {
  const version = gitOutput(workTree, ['version'], ports) ?? 'git';
  if (!runsConfiguredHooks(version)) return `${version} does not run configured hooks`;
  const command = gitOutput(workTree, ['config', '--get', `hook.feature-backups-${hook}.command`], ports);
  return command?.includes(SCRIPT_NAME) === true ? undefined : `the configuration of ${workTree} does not contain it`;
}

interface HookPlace {
  readonly repository: Repository;
  readonly folder: string;
  readonly hook: Hook;
}

function problemOfFile(path: string, place: HookPlace, ports: Ports): string | undefined {
  const stats = ports.files.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return `${path} does not exist`;
  if (!isExecutable(stats.mode)) return `${path} is not executable`;
  const content = readStateIfPlain(path, ports)?.content;
  if (content?.includes(SCRIPT_NAME) === true) return undefined;
  return filesRunBy(place, content, ports).some((file) => containsLines(file, ports))
    ? undefined
    : `${path} does not run the installed lines`;
}

/** The file that git runs for a hook, and those that it runs or reads if a hook manager generated it. */
export function filesOfHook(repository: Repository, hook: Hook, ports: Ports): readonly [string, ...string[]] {
  const folder = hooksFolderOf(repository, ports);
  const path = join(folder, hook);
  const content = readStateIfPlain(path, ports)?.content;
  return [path, ...filesRunBy({ repository, folder, hook }, content, ports)];
}

/** The files that a hook manager's script runs or reads. */
function filesRunBy(
  { repository, folder, hook }: HookPlace,
  content: Buffer | undefined,
  ports: Ports,
): readonly string[] {
  if (basename(folder) === '_') {
    return ports.files.statSync(join(folder, 'h'), { throwIfNoEntry: false }) === undefined
      ? []
      : [join(dirname(folder), hook)];
  }
  if (frameworkOf(folder, hook, ports) !== undefined) return [join(folder, `${hook}.legacy`)];
  if (content?.includes('call_lefthook') !== true) return [];
  return LOCAL_NAMES.map((name) => join(repository.workTree, name));
}

function containsLines(path: string, ports: Ports): boolean {
  const real =
    ports.files.statSync(path, { throwIfNoEntry: false })?.isFile() === true ? ports.files.realpathSync(path) : path;
  return readStateIfPlain(real, ports)?.content.includes(SCRIPT_NAME) ?? false;
}
