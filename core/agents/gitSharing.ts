import { relative } from 'node:path';
import { findRepository } from '../git/index.js';
import { BackupError, runGit, type Ports } from '../system/index.js';

/**
 * `tracked`: git shares the file. `unignored`: it would, after a commit. `private`: it does not, or that is unknown.
 */
export type GitSharing = 'tracked' | 'unignored' | 'private';

/** Whether git shares a file of a project, which may not exist yet. */
export function gitSharing(root: string, path: string, ports: Ports): GitSharing {
  try {
    const repository = findRepository(root, ports);
    if (repository === undefined) return 'private';
    const file = relative(repository.workTree, path);
    const run = (...args: readonly string[]): number =>
      runGit(repository.workTree, [...args, '--', file], ports).status;
    if (run('--literal-pathspecs', 'ls-files', '--error-unmatch') === 0) return 'tracked';
    return run('check-ignore', '--quiet') === NOT_IGNORED ? 'unignored' : 'private';
  } catch (error) {
    if (error instanceof BackupError) return 'private';
    throw error;
  }
}

const NOT_IGNORED = 1;
