import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { lastPassedDrill } from '../../../core/verify/lastPassedDrill.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';

describe('last passed drill', () => {
  const at = '2026-01-26T03:00:00.000Z';
  const drilled = { at, ok: true, reader: 'sqlite3' } as const;
  const bad = { at, check: 'integrity_check', ok: false } as const;
  const proven = listedBackup('proven', { metadata: { drilled } });
  const others: Readonly<Record<string, ListedBackup>> = {
    'was never drilled': {},
    'failed its drill': { metadata: { drilled: { ...drilled, ok: false } } },
    'was found damaged since': { metadata: { drilled, verified: bad } },
    'is an emergency backup': { kind: 'emergency', metadata: { drilled } },
    'has no metadata': { metadata: undefined },
    'was drilled at a time that is none': { metadata: { drilled: { ...drilled, at: 'once' } } },
  };

  it('is that of the newest backup with a passed drill, with its time', () => {
    const older = listedBackup('older', { metadata: { drilled } });
    assert.deepEqual(lastPassedDrill([proven, older]), { backup: proven, at: new Date(at) });
    const unverified = listedBackup('unverified', { metadata: { drilled, verified: undefined } });
    assert.equal(lastPassedDrill([unverified])?.backup, unverified);
    assert.equal(lastPassedDrill([]), undefined);
  });

  for (const [what, changes] of Object.entries(others)) {
    it(`is undefined for a backup that ${what}`, () => {
      const other = listedBackup('other', changes);
      assert.equal(lastPassedDrill([other]), undefined);
      assert.equal(lastPassedDrill([other, proven])?.backup, proven);
    });
  }
});
