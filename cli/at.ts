import { findBackupAt, findBackupOfCommit, type Project } from '../core/engine.js';
import { visible } from '../core/system/index.js';
import type { Command, Option } from './command.js';
import type { Console } from './console.js';
import { wrongUsage } from './parseInvocation.js';
import { isTime, parseTime } from './times.js';

/** For commands that accept a time or a commit instead of a backup. */
export const AT_OPTION: Readonly<Record<string, Option>> = {
  at: {
    type: 'string',
    value: 'WHEN',
    description: 'the backlog at a time ("2026-01-25 14:46"), commit, branch or tag',
  },
};

/** The id of the backup or archived state at `when`. Text in the form of a date is a date; anything else is a commit. */
export async function backupAt(project: Project, when: string, command: Command, console: Console): Promise<string> {
  const time = parseTime(when);
  if (time === undefined) return await backupAtCommit(project, when, console);
  if (!isTime(time)) throw wrongUsage(command, `Invalid time: ${when}`);
  const { id, createdAt } = await findBackupAt(project, time, { ports: console.ports });
  console.note(`Using ${visible(id)}, created ${createdAt.toISOString()}.\n`);
  return id;
}

async function backupAtCommit(project: Project, commitIsh: string, console: Console): Promise<string> {
  const { backup, commit, found } = await findBackupOfCommit(project, commitIsh, { ports: console.ports });
  if (found === 'time') {
    console.note(
      `Commit ${commit.id.slice(0, 12)} (${visible(commit.subject)}) has no backup of its own; using ${backup.id}, the newest backup before it.\n`,
    );
  }
  return backup.id;
}
