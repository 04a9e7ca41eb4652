import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { findBackupAt } from '../../../core/vault/selectFromHistory.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('backup at a time', () => {
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path);
  const put = (id: string, timestamp: string, metadata: object = {}): void => {
    writeFileSync(join(project().storePath, `${id}.db`), 'image');
    writeFileSync(join(project().storePath, `${id}.json`), JSON.stringify({ timestamp, reason: 'x', ...metadata }));
  };
  const at = (time: string): string => findBackupAt(project(), new Date(time), realPorts()).id;
  const [first, second, third] = [1, 2, 3].map((number) => `features_${number.toString()}_20260125-1000_a`);

  beforeEach(() => {
    mkdirSync(project().storePath);
    // The clock was set back between the second and the third.
    put(first ?? '', '2026-01-25T10:00:00Z', { sequence: 1 });
    put(second ?? '', '2026-01-25T12:00:00Z', { sequence: 2 });
    put(third ?? '', '2026-01-25T11:00:00Z', { sequence: 3 });
  });

  it('is the newest one made at or before that time', () => {
    assert.deepEqual(
      ['10:00:00', '10:59:59', '11:00:00', '11:59:59', '12:00:00', '23:00:00'].map((time) => at(`2026-01-25T${time}Z`)),
      [first, first, third, third, second, second],
    );
    assert.throws(
      () => at('2026-01-25T09:59:59Z'),
      (error) => error instanceof BackupError && error.code === 'backup-not-found',
    );
  });

  it('is neither known to be damaged nor an emergency backup', () => {
    const verified = { at: '2026-01-25T12:00:00Z', check: 'integrity_check', ok: false };
    put(second ?? '', '2026-01-25T12:00:00Z', { sequence: 2, verified });
    put('features_emergency_20260125-113000', '2026-01-25T11:30:00Z', { sequence: 4 });
    assert.equal(at('2026-01-25T23:00:00Z'), third);
  });

  it('is the last one made if several have the same time', () => {
    put(third ?? '', '2026-01-25T12:00:00Z', { sequence: 3 });
    assert.equal(at('2026-01-25T12:00:00Z'), third);
    put(third ?? '', '2026-01-25T12:00:00Z', { sequence: 1 });
    assert.equal(at('2026-01-25T12:00:00Z'), second);
  });
});
