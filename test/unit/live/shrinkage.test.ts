import assert from 'node:assert/strict';
import nodeFileSystem, { mkdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { expectedCount, readAcknowledgement, type Acknowledgement } from '../../../core/live/acknowledgement.js';
import { isShrunk, farLargerBackups } from '../../../core/live/liveCondition.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { systemError } from '../../support/interferingFiles.js';
import { listedBackup, type ListedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const never = (): never => assert.fail('the acknowledgement must not be read');

/** A backup of 100 features, the tenth of its store. */
function large(changes: ListedBackup = {}): Backup {
  const { metadata, ...rest } = changes;
  const own = 'metadata' in changes && metadata === undefined ? undefined : { sequence: 10, ...metadata };
  return listedBackup('large', { features: 100, ...rest, metadata: own });
}

function acknowledged(featureCount: number, upToSequence = 10): Acknowledgement {
  return { at: '2026-01-25T14:46:00Z', featureCount, upToSequence, pinnedIds: [] };
}

describe('shrinkage of the live database', () => {
  it('is detected if a backup has more than twice as many features', () => {
    assert.equal(isShrunk(50, [large()], never), false);
    assert.equal(
      isShrunk(49, [large()], () => undefined),
      true,
    );
    assert.equal(isShrunk(0, [], never), false);
    assert.equal(isShrunk(0, [{ ...listedBackup('x'), counts: {} }], never), false);
  });

  it('is measured only against backups that retention could remove', () => {
    const at = '2026-01-25T14:46:00Z';
    const safe: readonly Backup[] = [
      large({ kind: 'emergency' }),
      large({ metadata: { pinned: true } }),
      large({ metadata: { verified: { at, check: 'integrity_check', ok: false } } }),
      large({ metadata: undefined, metadataProblem: { path: '/x.json', kind: 'damaged', reason: '' } }),
    ];
    assert.equal(isShrunk(1, safe, never), false);
    const atRisk: readonly Backup[] = [
      large({ metadata: { verified: undefined } }),
      large({ metadata: undefined }),
      large({ metadata: undefined, metadataProblem: { path: '/x.json', kind: 'unreadable', reason: '' } }),
    ];
    assert.deepEqual(
      farLargerBackups(1, [...safe, ...atRisk], () => undefined),
      atRisk,
    );
  });

  it('is not measured against acknowledged losses, until half of the acknowledged features are lost too', () => {
    assert.equal(
      isShrunk(20, [large()], () => acknowledged(20)),
      false,
    );
    assert.equal(
      isShrunk(10, [large()], () => acknowledged(20)),
      false,
    );
    assert.equal(
      isShrunk(9, [large()], () => acknowledged(20)),
      true,
    );
    assert.equal(
      isShrunk(20, [large()], () => acknowledged(20, 9)),
      true,
    );
  });

  it('compares with the expected feature count of a backup', () => {
    assert.equal(expectedCount(large(), undefined), 100);
    assert.equal(expectedCount(large(), acknowledged(20)), 20);
    assert.equal(expectedCount(large(), acknowledged(200)), 100);
    assert.equal(expectedCount(large({ metadata: { sequence: 11 } }), acknowledged(20)), 100);
    assert.equal(expectedCount({ ...listedBackup('x'), counts: {} }, undefined), 0);
  });
});

describe('acknowledgement', () => {
  const folder = useTemporaryFolder();
  const read = (content: unknown): Acknowledgement | undefined => {
    writeFileSync(folder.join('.acknowledged.json'), typeof content === 'string' ? content : JSON.stringify(content));
    return readAcknowledgement(folder.path, nodeFileSystem);
  };
  const stored = { at: 'x', featureCount: 0, upToSequence: 7, pinnedIds: ['a'] };

  it('is read from the store', () => {
    assert.equal(readAcknowledgement(folder.path, nodeFileSystem), undefined);
    assert.deepEqual(read(stored), stored);
    assert.deepEqual(read({ ...stored, pinnedIds: undefined }), { ...stored, pinnedIds: [] });
  });

  it('is undefined if its content is invalid', () => {
    for (const changes of [
      { at: 7 },
      { featureCount: -1 },
      { featureCount: 1.5 },
      { featureCount: '7' },
      { upToSequence: -1 },
      { upToSequence: 2 ** 60 },
      { pinnedIds: 'a' },
      { pinnedIds: ['a', 7] },
    ]) {
      assert.equal(read({ ...stored, ...changes }), undefined, JSON.stringify(changes));
    }
    for (const text of ['', '{', 'null', '7', '"text"', '[]']) assert.equal(read(text), undefined, text);
  });

  it('is undefined if the file is too large, and is read only up to the limit', () => {
    const sized = (bytes: number): object => {
      const filling = bytes - JSON.stringify({ ...stored, at: '' }).length;
      return { ...stored, at: 'x'.repeat(filling) };
    };
    assert.equal(read(sized(64 * 1024))?.upToSequence, 7);
    assert.equal(read(sized(64 * 1024 + 1)), undefined);
  });

  it('throws, rather than being undefined, if it cannot be read', () => {
    const failing = {
      ...nodeFileSystem,
      openSync: () => {
        throw systemError('EACCES');
      },
    };
    assert.throws(
      () => readAcknowledgement(folder.path, failing),
      (error) => error instanceof BackupError && error.code === 'permission-denied',
    );
    mkdirSync(folder.join('other'));
    assert.equal(readAcknowledgement(folder.join('other'), nodeFileSystem), undefined);
  });
});
