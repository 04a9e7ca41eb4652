import { BackupError, type Ports } from '../../system/index.js';
import type { Project } from '../../project/index.js';
import { listQuarantine } from './listQuarantine.js';

/** Why no backup was found, where the one that is meant lies in the quarantine; else the error as it is. */
export function explainQuarantined(error: unknown, project: Project, selector: string, ports: Ports): unknown {
  if (!(error instanceof BackupError) || error.code !== 'backup-not-found') return error;
  const wanted = selector.replace(/\.db(\.gz)?$/, '');
  const found = listQuarantine(project, ports).find(({ id }) => id.startsWith(wanted));
  if (found === undefined) return error;
  const why = found.problems[0] ?? 'its note does not say why';
  return new BackupError(`${found.id} did not verify, and is in quarantine: ${why}`, {
    code: 'backup-damaged',
    operation: 'find the backup',
    path: found.path,
    hint: 'It is kept there as it is, and not restored. Choose another: `feature-backups list` shows what there is.',
    cause: error,
  });
}
