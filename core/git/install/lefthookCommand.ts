import { BackupError } from '../../system/index.js';
import { shellCommand } from './shellBlock.js';
import type { Hook } from './hookPlan.js';

/** The name of the command in lefthook's configuration. */
export const LEFTHOOK_COMMAND = 'feature-backups';

/** The settings of the command for a hook; `file` is an existing file of the work tree. */
export function lefthookCommand(hook: Hook, file: string): Readonly<Record<string, string | boolean>> {
  if (hook === 'pre-commit' || hook === 'pre-merge-commit') {
    // Without a list of existing files, lefthook skips the command in a commit without staged files (an amended message).
    return { files: `echo ${file}`, run: `sh -c '${shellCommand(hook)}' - {files}` };
  }
  const run = `sh -c '${shellCommand(hook)} "$@"' - {0}`;
  return hook === 'post-rewrite' ? { run, use_stdin: true } : { run };
}

export function cannotEdit(path: string, hook: Hook): BackupError {
  return new BackupError(`${path} already configures ${hook} in a form that cannot be edited safely`, {
    code: 'configuration',
    operation: 'add the git hooks to lefthook',
    path,
    hint: `Add this command to ${hook} by hand: run: sh -c '${shellCommand(hook)}'`,
  });
}
