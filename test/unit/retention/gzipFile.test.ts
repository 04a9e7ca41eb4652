import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import nodeFileSystem, { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { gzipFile, digestGzip } from '../../../core/retention/gzipFile.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MIB = 1024 * 1024;
const nothing = (): void => undefined;

describe('gzip file', () => {
  const folder = useTemporaryFolder();
  const [plain, packed] = [() => folder.join('plain'), () => folder.join('packed.gz')];
  const digestOf = (bytes: Uint8Array) => ({
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  /** The real file system, counting open files. */
  const watched = (changes: Partial<FileSystem> = {}) => {
    const open = new Set<number>();
    const files: FileSystem = {
      ...nodeFileSystem,
      openSync: (...args) => {
        const descriptor = nodeFileSystem.openSync(...args);
        open.add(descriptor);
        return descriptor;
      },
      closeSync: (descriptor) => {
        nodeFileSystem.closeSync(descriptor);
        open.delete(descriptor);
      },
      ...changes,
    };
    return { files, open };
  };
  const noise = Buffer.from({ length: 2.5 * MIB }).map((_, index) => (index * index * 7919) % 251);

  for (const [what, bytes] of Object.entries({ 'nothing in it': Buffer.alloc(0), 'several pieces': noise })) {
    it(`decompresses to its source, is private and synced: ${what}`, async () => {
      writeFileSync(plain(), bytes);
      let synced = 0;
      const fsyncSync: FileSystem['fsyncSync'] = (descriptor) => {
        synced = statSync(packed()).size;
        nodeFileSystem.fsyncSync(descriptor);
      };
      const { files, open } = watched({ fsyncSync });
      let pieces = 0;
      const onChunk = (): void => {
        pieces += 1;
      };
      assert.deepEqual(await gzipFile(plain(), packed(), files, onChunk), digestOf(bytes));
      assert.equal(pieces, Math.ceil(bytes.length / MIB));
      assert.deepEqual(gunzipSync(readFileSync(packed())), bytes);
      assert.equal(statSync(packed()).mode & 0o777, 0o600);
      assert.deepEqual([synced, open.size], [statSync(packed()).size, 0]);
      assert.deepEqual(await digestGzip(packed(), bytes.length, files), digestOf(bytes));
      assert.equal(open.size, 0);
    });
  }

  it('is read only up to the limit if it decompresses to more', async () => {
    writeFileSync(packed(), gzipSync(noise));
    const { files, open } = watched();
    assert.deepEqual(await digestGzip(packed(), noise.length, files), digestOf(noise));
    assert.equal(await digestGzip(packed(), noise.length - 1, files), undefined);
    assert.equal(open.size, 0);
  });

  it('is invalid if it is truncated, changed, or something else', async () => {
    const intact = gzipSync(noise);
    const flipped = Buffer.from(intact);
    flipped[intact.length - 6] = (flipped[intact.length - 6] ?? 0) ^ 1;
    for (const bytes of [intact.subarray(0, intact.length / 2), flipped, Buffer.from('text'), Buffer.alloc(10)]) {
      writeFileSync(packed(), bytes);
      assert.equal(await digestGzip(packed(), noise.length, nodeFileSystem), undefined);
    }
  });

  it('throws, rather than being invalid, if it cannot be read', async () => {
    writeFileSync(packed(), gzipSync(noise));
    const readSync = (): never => {
      throw systemError('EIO');
    };
    const { files, open } = watched({ readSync });
    await assert.rejects(digestGzip(packed(), noise.length, files), { code: 'EIO' });
    assert.equal(open.size, 0);
    await assert.rejects(digestGzip(folder.join('none'), 1, nodeFileSystem), { code: 'ENOENT' });
  });

  it('is removed if it is incomplete, and never replaces a file', async () => {
    writeFileSync(plain(), noise);
    const failing = (): never => {
      throw systemError('ENOSPC');
    };
    for (const changes of [{ writeSync: failing }, { fsyncSync: failing }, { readSync: failing }]) {
      const { files, open } = watched(changes);
      await assert.rejects(gzipFile(plain(), packed(), files, nothing), { code: 'ENOSPC' });
      assert.deepEqual([existsSync(packed()), open.size], [false, 0]);
    }
    await assert.rejects(gzipFile(plain(), packed(), nodeFileSystem, failing), { code: 'ENOSPC' });
    assert.equal(existsSync(packed()), false);
    writeFileSync(packed(), 'mine');
    await assert.rejects(gzipFile(plain(), packed(), nodeFileSystem, nothing), { code: 'EEXIST' });
    assert.equal(readFileSync(packed(), 'utf8'), 'mine');
  });
});
