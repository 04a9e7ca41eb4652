import assert from 'node:assert/strict';
import type { Backup } from '../../../core/store/backup.js';
import { describeCommitBackups } from '../../../hooks/commitMessages.js';
import { listedBackup } from '../../support/listedBackup.js';

describe('what a commit says of its backup', () => {
  const writeError = (counts: Backup['counts'], root = '/repository') => {
    const backup = { ...listedBackup('x'), counts };
    const result = { status: 'created', backup, pruned: [] } as const;
    return describeCommitBackups([{ root, strict: false, result }], '/repository');
  };

  it('is how many features it has', () => {
    assert.match(writeError({ total: 598, passing: 200 }).join(), /^backed up 598 features, 200 passing \(/);
    assert.match(writeError({ total: 1, passing: 0 }).join(), /^backed up 1 feature, 0 passing \(/);
    assert.match(writeError({ total: 1234 }).join(), /^backed up 1,234 features \(/);
    assert.match(writeError({}, '/repository/shop').join(), /^backed up the feature database in shop \(/);
  });
});
