import { listBackedUpCommits, type EngineOptions } from '../../core/engine.js';
import type { CommitWithBackup } from './protocol.js';

/** Commits with a backup, newest first. */
export async function listCommits(root: string, options: EngineOptions): Promise<readonly CommitWithBackup[]> {
  const commits = await listBackedUpCommits(root, options);
  return commits.map(({ id, subject, committedAt, backup, isAbandoned }) => ({
    commitId: id,
    subject,
    committedAt,
    backupId: backup.id,
    isAbandoned,
  }));
}
