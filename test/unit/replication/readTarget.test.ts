import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { describeCopy } from '../../../core/replication/copyMetadata.js';
import { readTarget } from '../../../core/replication/readTarget.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import { listedBackup } from '../../support/listedBackup.js';

const MIB = 1024 * 1024;

describe('reading a target', () => {
  /** A target with this many copies, whose metadata files have this size. */
  const reading = async (count: number, metadataBytes: number) => {
    const ids = Array.from({ length: count }, (_, index) => `features_${index.toString()}_20260125-120000_x`);
    const reads: (readonly [number, number])[] = [];
    const folder: TargetFolder = {
      place: '/nas/shop-00000001',
      list: async () =>
        await Promise.resolve(
          ids.flatMap((id) => [
            { name: `${id}.db.gz`, sizeBytes: 10, modifiedAt: undefined },
            { name: `${id}.json`, sizeBytes: metadataBytes, modifiedAt: undefined },
          ]),
        ),
      read: async (names, maxBytes) => {
        reads.push([names.length, maxBytes]);
        return await Promise.resolve(new Map());
      },
      put: async () => await Promise.resolve(),
      remove: async () => await Promise.resolve(),
    };
    const { copies, orphanedImages, withDamagedMetadata } = await readTarget(folder);
    return { reads, counts: [copies.length, orphanedImages.length, withDamagedMetadata.length] };
  };

  it('reads small files that fit into memory together', async () => {
    const { reads, counts } = await reading(300, MIB);
    assert.deepEqual(reads, [[256, 257 * MIB]]);
    assert.deepEqual(counts, [0, 0, 300], 'what was not read may be pinned');
  });

  it('lists the copies newest first, in whatever order the target lists their files', async () => {
    const ids = [2, 4, 1, 3].map((hour) => `features_598_20260125-1${hour.toString()}0000_x`);
    const content = new Map(
      ids.map((id) => {
        const backup = listedBackup(id, { createdAt: new Date(`2026-01-25T${id.slice(22, 24)}:00:00Z`) });
        const { text } = describeCopy(
          backup,
          { sha256: 'a'.repeat(64), sizeBytes: 4096 },
          { sizeBytes: 10, sha256: 'b'.repeat(64) },
        );
        return [`${id}.json`, Buffer.from(text)] as const;
      }),
    );
    const files = ids.flatMap((id) => [
      { name: `${id}.db.gz`, sizeBytes: 10, modifiedAt: undefined },
      { name: `${id}.json`, sizeBytes: content.get(`${id}.json`)?.length ?? 0, modifiedAt: undefined },
    ]);
    const folder: TargetFolder = {
      place: '/nas/shop-00000001',
      list: async () => await Promise.resolve(files),
      read: async () => await Promise.resolve(content),
      put: async () => await Promise.resolve(),
      remove: async () => await Promise.resolve(),
    };
    const { copies } = await readTarget(folder);
    assert.deepEqual(
      copies.map(({ backup }) => backup.id),
      ids.toSorted().reverse(),
    );
  });

  it('reads no oversized metadata, and nothing if nothing exists', async () => {
    assert.deepEqual(await reading(3, MIB + 1), { reads: [], counts: [0, 0, 3] });
    assert.deepEqual(await reading(0, 1), { reads: [], counts: [0, 0, 0] });
  });
});
