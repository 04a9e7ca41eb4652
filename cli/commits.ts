import { findBackupOfCommit, type Project } from '../core/engine.js';
import type { Option } from './command.js';
import type { Console } from './console.js';
import { visible } from './printing/escape.js';

/** For commands that take a commit in place of a backup. */
export const AT_OPTION: Readonly<Record<string, Option>> = {
  at: { type: 'string', value: 'COMMIT', description: 'the backlog as it was at this commit, branch or tag' },
};

/** The name of the backup that holds the backlog as it was at a commit; says so where that is not certain. */
export async function backupAtCommit(project: Project, commitIsh: string, console: Console): Promise<string> {
  const { backup, commit, found } = await findBackupOfCommit(project, commitIsh, { ports: console.ports });
  if (found === 'time') {
    console.note(
      `No hook ran for commit ${commit.id.slice(0, 12)} (${visible(commit.subject)}): taking ${backup.id}, the newest backup of that time.\n`,
    );
  }
  return backup.id;
}
