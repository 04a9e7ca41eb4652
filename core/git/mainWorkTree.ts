import { basename, dirname, resolve } from 'node:path';
import { gitOutput, kindAt, type Ports } from '../system/index.js';
import type { Repository } from './repository.js';

/**
 * The main work tree of a linked one; undefined for a main work tree itself, and if git does not record one, as for a bare
 * repository or a separate git folder.
 */
export function mainWorkTree({ gitFolder, commonFolder }: Repository, ports: Ports): Repository | undefined {
  if (gitFolder === commonFolder) return undefined;
  const workTree = basename(commonFolder) === '.git' ? dirname(commonFolder) : configuredWorkTree(commonFolder, ports);
  if (workTree === undefined || kindAt(workTree, ports) !== 'folder') return undefined;
  return { workTree, gitFolder: commonFolder, commonFolder };
}

/** A submodule's git folder is not in its work tree, so its configuration names the work tree. */
function configuredWorkTree(commonFolder: string, ports: Ports): string | undefined {
  const value = gitOutput(commonFolder, ['--git-dir', commonFolder, 'config', '--get', 'core.worktree'], ports);
  return value === undefined || value === '' ? undefined : resolve(commonFolder, value);
}
