import { join } from 'node:path';
import { editablePath } from '../../project/index.js';
import type { Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { readState } from './fileState.js';
import { BLOCK_END, BLOCK_START, shellCommand, withoutBlocks } from './shellBlock.js';
import { HOOKS, type Hook, type HookPlacement } from './hookPlan.js';

/** The first git that also runs hooks from its configuration (githooks(5), git-hook(1)). */
export const CONFIGURED_HOOKS_SINCE = [2, 54] as const;

/** Hooks in the repository's configuration: the only changed file is `.git/config`. */
export function placeInGitConfig({ commonFolder }: Repository, ports: Ports): HookPlacement {
  const path = editablePath(join(commonFolder, 'config'), [commonFolder], ports);
  const before = readState(path, ports);
  const rest = before === null ? '' : withoutBlocks(before.content).toString('latin1');
  const separator = rest === '' || rest.endsWith('\n') ? '' : '\n';
  const lines = [BLOCK_START, ...HOOKS.flatMap(section), BLOCK_END, ''].join('\n');
  const content = Buffer.from(rest + separator + lines, 'latin1');
  return {
    manager: 'git-config',
    moves: [],
    changes: [{ path, before, after: { content, mode: before?.mode ?? 0o644 } }],
    notes: ['Versions of git before 2.54, such as those bundled with graphical clients, do not run these hooks.'],
  };
}

export function runsConfiguredHooks(version: string): boolean {
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const [sinceMajor, sinceMinor] = CONFIGURED_HOOKS_SINCE;
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

function section(hook: Hook): readonly string[] {
  const value = shellCommand(hook).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return [`[hook "feature-backups-${hook}"]`, `\tevent = ${hook}`, `\tcommand = "${value}"`];
}
