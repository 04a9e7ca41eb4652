import { BackupError } from '../system/index.js';

export function changedMeanwhile(path: string): BackupError {
  return new BackupError('Another process wrote to the live database while the restore was being prepared', {
    code: 'database-in-use',
    operation: 'restore the live database',
    path,
    hint: 'Nothing was changed. Stop the process that writes to it, then try again.',
  });
}
