import { BackupError, type Ports } from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { listQuarantine } from './listQuarantine.js';

/** If the selected backup is in quarantine, an error with the reason; otherwise the given error. */
export function explainQuarantined(error: unknown, project: Project, selector: string, ports: Ports): unknown {
  if (!(error instanceof BackupError) || error.code !== 'backup-not-found') return error;
  const id = selector.replace(/\.db(\.gz)?$/, '');
  const found = listQuarantine(project, ports).find((backup) => backup.id.startsWith(id));
  if (found === undefined) return error;
  const why = found.problems[0] ?? 'the reason was not recorded';
  return new BackupError(`${found.id} failed verification and is in quarantine: ${why}`, {
    code: 'backup-damaged',
    operation: 'find the backup',
    path: found.path,
    hint: 'It cannot be restored. Choose another backup. Run feature-backups list to see all of them.',
    cause: error,
  });
}
