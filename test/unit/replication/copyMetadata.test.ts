import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import {
  describeCopy,
  parseCopyMetadata,
  unpackCopy,
  type CopyMetadata,
} from '../../../core/replication/copyMetadata.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import { readCopy, verifyCopies } from '../../../core/replication/verifyCopies.js';
import { BackupError } from '../../../core/system/errors.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { listedBackup } from '../../support/listedBackup.js';

const IMAGE = Buffer.from('the image of a database');
const PACKED = gzipSync(IMAGE);
const BACKUP = listedBackup('features_1_20260125-120000_x');

function copyOf(image: object = {}, stored: object = {}): CopyMetadata {
  return describeCopy(
    BACKUP,
    { sha256: sha256Of(IMAGE), sizeBytes: IMAGE.length, ...image },
    { sizeBytes: PACKED.length, sha256: sha256Of(PACKED), ...stored },
  );
}

const damaged =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof BackupError && error.code === 'backup-damaged' && message.test(error.message);

describe('copy at a target', () => {
  const reads: (readonly [readonly string[], number])[] = [];
  const folderWith = (content: Buffer | undefined): TargetFolder => ({
    place: '/nas/shop-00000001',
    list: async () => await Promise.resolve([]),
    read: async (names, maxBytes) => {
      reads.push([names, maxBytes]);
      return await Promise.resolve(new Map(content === undefined ? [] : [[names[0] ?? '', content]]));
    },
    put: async () => await Promise.resolve(),
    remove: async () => await Promise.resolve(),
  });
  const read = async (content: Buffer | undefined, copy = copyOf()): Promise<Buffer> => {
    reads.length = 0;
    return await readCopy(folderWith(content), { backup: BACKUP, copy });
  };

  it('equals the data sent, and decompresses to the database in its metadata', async () => {
    assert.deepEqual(await read(PACKED), IMAGE);
    assert.deepEqual(reads, [[['features_1_20260125-120000_x.db.gz'], PACKED.length + 64 * 1024]]);
    assert.deepEqual(await unpackCopy('x', PACKED, copyOf(), '/nas'), IMAGE);
  });

  it('is damaged if it is missing, or differs from the data sent', async () => {
    await assert.rejects(read(undefined), damaged(/its image is missing/));
    await assert.rejects(read(gzipSync('another')), damaged(/it differs from the data sent/));
  });

  it('is damaged if it decompresses to anything else', async () => {
    const unpack = async (image: object, content = PACKED) => await unpackCopy('x', content, copyOf(image), '/nas');
    const other = damaged(/its content does not match its metadata/);
    await assert.rejects(unpack({ sha256: 'a'.repeat(64) }), other);
    await assert.rejects(unpack({ sizeBytes: IMAGE.length + 1 }), other);
    await assert.rejects(unpack({ sizeBytes: IMAGE.length - 1 }), damaged(/cannot be decompressed/));
    await assert.rejects(unpack({}, Buffer.from('no gzip')), damaged(/cannot be decompressed/));
  });

  it('is not read if its stated size exceeds any backup', async () => {
    await assert.rejects(read(PACKED, copyOf({}, { sizeBytes: 2 ** 31 + 1 })), damaged(/larger than any backup/));
    assert.deepEqual(reads, []);
    await read(PACKED, copyOf({}, { sizeBytes: 2 ** 31 }));
    assert.equal(reads.length, 1);
  });

  it('is verified with others in turn', async () => {
    const steps: unknown[] = [];
    const copies = [copyOf(), copyOf({ sha256: 'a'.repeat(64) })].map((copy) => ({ backup: BACKUP, copy }));
    const verified = await verifyCopies(folderWith(PACKED), copies, (...step) => steps.push(step));
    assert.deepEqual(verified, { sound: [BACKUP.id], damaged: [BACKUP.id] });
    assert.deepEqual(steps, [
      [`verifying ${BACKUP.id}`, 0],
      [`verifying ${BACKUP.id}`, 0.5],
    ]);
  });

  it('is described only by metadata that is unchanged after writing and reading', () => {
    const { text, metadata, stored } = copyOf();
    const parsed = parseCopyMetadata(Buffer.from(text));
    assert.deepEqual(parsed?.stored, stored);
    assert.deepEqual([parsed.metadata.sha256, parsed.metadata.backupSizeBytes], [metadata.sha256, IMAGE.length]);
    assert.equal(parsed.text, text);
    const changed = (change: (value: Record<string, unknown>) => void): CopyMetadata | undefined => {
      const value = JSON.parse(text) as Record<string, unknown>;
      change(value);
      return parseCopyMetadata(Buffer.from(JSON.stringify(value)));
    };
    assert.ok(changed(() => undefined));
    const sha256 = 'a'.repeat(64);
    for (const wrong of [undefined, null, 'text', 7, { size: 0, sha256 }, { size: -1, sha256 }, { size: 1.5, sha256 }])
      assert.equal(
        changed((value) => {
          value.stored = wrong;
        }),
        undefined,
        JSON.stringify(wrong),
      );
    for (const hash of ['', 'A'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), 7])
      assert.equal(
        changed((value) => {
          value.stored = { size: 1, sha256: hash };
        }),
        undefined,
        String(hash),
      );
    assert.ok(
      changed((value) => {
        value.stored = { size: 1, sha256 };
      }),
    );
    assert.equal(
      changed((value) => {
        delete value.sha256;
      }),
      undefined,
    );
    assert.equal(parseCopyMetadata(Buffer.from('{')), undefined);
    assert.equal(parseCopyMetadata(Buffer.alloc(2 * 1024 * 1024, ' ')), undefined);
  });
});
