import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findUndo } from '../../../core/restore/undo.js';
import type { Backup, BackupEvent } from '../../../core/store/backup.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';

describe('the backup that undoes the last restore', () => {
  /** Newest first, as a catalog has them. */
  const idOfUndo = (...backups: readonly Backup[]): string | undefined =>
    findUndo({ storePath: '/store', backups, newest: undefined, totalSizeBytes: 0 })?.id;
  const emergency = (id: string, metadata: ListedBackup['metadata']): Backup =>
    listedBackup(id, { kind: 'emergency', metadata });
  const event = (source: BackupEvent['source']): BackupEvent => ({
    ...{ at: '2026-01-25T14:46:00Z', source, reason: 'x', tool: undefined, detail: undefined },
  });

  it('is the newest emergency backup that a restore made or used', () => {
    const made = emergency('made', { source: 'restore', events: [] });
    const used = emergency('used', { source: 'git', events: [event('git'), event('restore')] });
    const other = emergency('other', { source: 'git', events: [event('git')] });
    assert.equal(idOfUndo(other, made, used), 'made');
    assert.equal(idOfUndo(other, used, made), 'used');
    assert.equal(idOfUndo(other), undefined);
  });

  it('is always an emergency backup, even if another backup names no source', () => {
    const ordinary = listedBackup('ordinary', { metadata: undefined });
    assert.equal(idOfUndo(ordinary), undefined);
    assert.equal(idOfUndo(ordinary, emergency('of the Python tool', undefined)), 'of the Python tool');
  });
});
