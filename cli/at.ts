import { findBackupAt, findBackupOfCommit, type Project } from '../core/engine.js';
import { visible } from '../core/system/index.js';
import type { Command, Option } from './command.js';
import type { Console } from './console.js';
import { wrongUsage } from './parseInvocation.js';
import { isTime, parseTime } from './times.js';

/** For commands that take a time or a commit in place of a backup. */
export const AT_OPTION: Readonly<Record<string, Option>> = {
  at: {
    type: 'string',
    value: 'WHEN',
    description: 'the backlog as it was at a time ("2026-01-25 14:46"), or at a commit, branch or tag',
  },
};

/**
 * The name of the backup, or of the state in the history, that holds the backlog as it was then. What looks like a date is
 * one; everything else is git's.
 */
export async function backupAt(project: Project, when: string, command: Command, console: Console): Promise<string> {
  const time = parseTime(when);
  if (time === undefined) return await backupAtCommit(project, when, console);
  if (!isTime(time)) throw wrongUsage(command, `There is no such time as ${when}`);
  const { id, createdAt } = await findBackupAt(project, time, { ports: console.ports });
  console.note(`At that time: ${visible(id)}, made ${createdAt.toISOString()}.\n`);
  return id;
}

/** Says so where it is not certain. */
async function backupAtCommit(project: Project, commitIsh: string, console: Console): Promise<string> {
  const { backup, commit, found } = await findBackupOfCommit(project, commitIsh, { ports: console.ports });
  if (found === 'time') {
    console.note(
      `No hook ran for commit ${commit.id.slice(0, 12)} (${visible(commit.subject)}): taking ${backup.id}, the newest backup of that time.\n`,
    );
  }
  return backup.id;
}
