import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  assertSafeName,
  formatBackupId,
  formatEmergencyId,
  parseBackupName,
  sanitiseReason,
} from '../../../core/store/backupName.js';
import { BackupError } from '../../../core/system/errors.js';

const TIME = new Date(2026, 0, 25, 14, 46, 5);

describe('backup names', () => {
  it('contain the feature count, local time and reason', () => {
    assert.equal(
      formatBackupId(598, TIME, 1, 'before_mark_passing'),
      'features_598_20260125-144605_before_mark_passing',
    );
    assert.equal(formatEmergencyId(TIME, 1), 'features_emergency_20260125-144605');
  });

  it('are numbered after the time if they share a second', () => {
    assert.equal(formatBackupId(3, TIME, 2, 'manual'), 'features_3_20260125-144605-2_manual');
    assert.equal(formatEmergencyId(TIME, 12), 'features_emergency_20260125-144605-12');
  });

  it('can be parsed, compressed or not', () => {
    for (const number of [1, 2, 33]) {
      const id = formatBackupId(598, TIME, number, 'before_bulk_create');
      for (const [suffix, compressed] of [
        ['.db', false],
        ['.db.gz', true],
      ] as const) {
        assert.deepEqual(parseBackupName(id + suffix), {
          id,
          kind: 'ordinary',
          compressed,
          featureCount: 598,
          createdAt: TIME,
          reason: 'before_bulk_create',
        });
      }
    }
    const emergency = parseBackupName(`${formatEmergencyId(TIME, 2)}.db`);
    assert.equal(emergency?.kind, 'emergency');
    assert.deepEqual(emergency.createdAt, TIME);
    assert.equal(parseBackupName('features_emergency.db')?.kind, 'emergency');
    assert.equal(parseBackupName('features_emergency2.db')?.kind, 'ordinary');
    assert.equal(parseBackupName('features_1_20260125-144605_features_emergency.db')?.kind, 'ordinary');
  });

  it('can be parsed in similar forms', () => {
    const shapes: readonly (readonly [string, number | undefined, Date | undefined, string | undefined])[] = [
      ['features_598_20260125_144605_manual.db', 598, TIME, 'manual'],
      ['features_20260125-144605_manual.db', undefined, TIME, 'manual'],
      ['features_598_20260125-144605.db', 598, TIME, undefined],
      ['features_598_manual.db', 598, undefined, 'manual'],
      ['features_598_20260125-144605_.db', 598, TIME, undefined],
      ['features_598_20260125-1st.db', 598, undefined, '20260125-1st'],
      ['features_20260125-144605x_features_598_manual.db', undefined, undefined, undefined],
      ['features_old copy.db', undefined, undefined, 'old copy'],
      ['features_598_20260231-144605_manual.db', 598, undefined, 'manual'],
      ['features_598_20260125-244605_manual.db', 598, undefined, 'manual'],
      ['features_1_20260125-144605_before-x.y.db', 1, TIME, 'before-x.y'],
    ];
    for (const [name, count, time, reason] of shapes) {
      const parsed = parseBackupName(name);
      assert.deepEqual([parsed?.featureCount, parsed?.createdAt, parsed?.reason], [count, time, reason], name);
    }
  });

  it('are not found in other files', () => {
    for (const name of [
      'features.db',
      'x_features_1.db',
      'features_1.json',
      'features_1.db-wal',
      '.gitignore',
      '.lock',
    ]) {
      assert.equal(parseBackupName(name), undefined, name);
    }
  });

  it('contain only letters, digits and underscores of a reason, at most 64 and at least one', () => {
    assert.equal(sanitiseReason('before "rm -rf /" ü'), 'before__rm__rf_____');
    assert.equal(sanitiseReason('../../etc/passwd\0\n'), '______etc_passwd__');
    assert.equal(sanitiseReason('x'.repeat(200)).length, 64);
    assert.equal(sanitiseReason(''), 'unnamed');
    assert.equal(sanitiseReason('😀'), '_');
  });

  it('are rejected if they could point outside the store', () => {
    for (const name of ['', ' ', '../x', 'a/b', 'a\\b', '..', 'x\0', '/etc/passwd', 'features_..', 'x'.repeat(300)]) {
      assert.throws(
        () => assertSafeName(name),
        (error: unknown) => error instanceof BackupError && error.code === 'unsafe-name',
        JSON.stringify(name),
      );
    }
    assert.doesNotThrow(() => assertSafeName('features_598_20260125-144605_manual.db.gz'));
  });
});
