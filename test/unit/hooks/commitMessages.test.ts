import assert from 'node:assert/strict';
import type { Backup } from '../../../core/store/backup.js';
import { describeCommitBackups } from '../../../hooks/commitMessages.js';
import { listedBackup } from '../../support/listedBackup.js';

describe('the message of a commit about its backup', () => {
  const messageFor = (counts: Backup['counts'], root = '/repository') => {
    const backup = { ...listedBackup('x'), counts };
    const result = { status: 'created', backup, pruned: [] } as const;
    return describeCommitBackups([{ root, strict: false, result }], '/repository');
  };

  it('contains the number of features', () => {
    assert.match(messageFor({ total: 598, passing: 200 }).join(), /^backed up 598 features, 200 passing \(/);
    assert.match(messageFor({ total: 1, passing: 0 }).join(), /^backed up 1 feature, 0 passing \(/);
    assert.match(messageFor({ total: 1234 }).join(), /^backed up 1,234 features \(/);
    assert.match(messageFor({}, '/repository/shop').join(), /^backed up the feature database in shop \(/);
  });
});
