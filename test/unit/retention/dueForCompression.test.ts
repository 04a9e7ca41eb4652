import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { backupsToCompress } from '../../../core/retention/compressBackups.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';

const NOW = new Date(2026, 0, 31, 12);
const DAY_MS = 86_400_000;

describe('backups due for compression', () => {
  const aged = (id: string, days: number, changes: ListedBackup = {}) =>
    listedBackup(id, { createdAt: new Date(NOW.getTime() - days * DAY_MS), ...changes });
  const due = (afterDays: number, ...backups: readonly ReturnType<typeof aged>[]) =>
    backupsToCompress(backups, { afterDays }, NOW).map(({ id }) => id);

  it('are exactly as old as configured or older, oldest first', () => {
    const young = aged('young', 7 - 1 / DAY_MS);
    assert.deepEqual(due(7, young, aged('due', 7), aged('oldest', 400), aged('old', 8)), ['oldest', 'old', 'due']);
  });

  it('are none if compression is off', () => {
    for (const afterDays of [0, -1]) assert.deepEqual(due(afterDays, aged('old', 400)), []);
  });

  it('exclude emergency backups, compressed ones and those with unknown metadata', () => {
    const metadataProblem = { path: '/x.json', kind: 'damaged', reason: '' } as const;
    const others = [
      aged('emergency', 30, { kind: 'emergency' }),
      aged('compressed', 30, { compressed: true }),
      aged('unknown', 30, { metadata: undefined, metadataProblem }),
    ];
    assert.deepEqual(due(7, ...others, aged('without', 30, { metadata: undefined })), ['without']);
  });
});
