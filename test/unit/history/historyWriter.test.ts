import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import nodeFileSystem, { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import v8 from 'node:v8';
import { deflateRawSync } from 'node:zlib';
import { beforeEach, describe, it } from 'mocha';
import { archiveBackups } from '../../../core/history/archiveBackups.js';
import { HistoryWriter } from '../../../core/history/historyWriter.js';
import { historySummary, listHistory } from '../../../core/history/listHistory.js';
import { encodeRecord, MAX_METADATA_BYTES, SEGMENT_HEAD } from '../../../core/history/segmentFormat.js';
import { segmentPath } from '../../../core/history/segmentNames.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import type { Project } from '../../../core/project/project.js';
import { openStore } from '../../../core/store/openStore.js';
import type { Removal } from '../../../core/store/removeBackups.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('history writer', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const project = (maxBytes: number): Project => {
    const made = testProject(folder.path);
    return { ...made, configuration: { ...made.configuration, history: { maxBytes } } };
  };
  const idOf = (number: number): string => `features_1_20260125-12${String(1000 + number)}_x`;
  const timeOf = (number: number): Date => new Date(Date.UTC(2026, 0, 25, 12, 0, number));
  const write = async (images: readonly Buffer[], maxBytes: number, first = 0): Promise<void> => {
    const limitedProject = project(maxBytes);
    await withStoreLock(limitedProject.storePath, realPorts(), (lock) => {
      const writer = new HistoryWriter(openStore(limitedProject, realPorts(), lock));
      for (const [index, image] of images.entries()) {
        const { id, createdAt, metadata } = listedBackup(idOf(first + index), { createdAt: timeOf(first + index) });
        assert.ok(metadata);
        writer.append({ id, createdAt, metadata, sha256: sha256Of(image), image });
      }
      writer.trim();
    });
  };
  const archive = async (count: number, ports: Ports = realPorts()): Promise<Removal> => {
    const limitedProject = project(20_000);
    return await withStoreLock(limitedProject.storePath, ports, (lock) => {
      const backups = Array.from({ length: count }, (_, index) => {
        const image = randomBytes(3000);
        const path = join(limitedProject.storePath, `${idOf(index)}.db`);
        writeFileSync(path, image);
        const metadata = { sha256: sha256Of(image), backupSizeBytes: image.length };
        return listedBackup(idOf(index), { path, createdAt: timeOf(index), sizeBytes: image.length, metadata });
      });
      return archiveBackups(openStore(limitedProject, ports, lock), backups.toReversed());
    });
  };
  const segments = (): readonly string[] =>
    readdirSync(testProject(folder.path).storePath)
      .filter((name) => name.endsWith('.fbh'))
      .sort();
  const listed = () => listHistory(testProject(folder.path), realPorts()).states;
  beforeEach(() => mkdirSync(join(folder.path, '.feature_backups')));

  it('begins a new segment after 128 states, and every state can be restored', async () => {
    const images = Array.from({ length: 130 }, (_, index) => Buffer.from(`image ${index.toString()}`));
    await write(images, 2 ** 26);
    assert.equal(segments().length, 2);
    const states = new Map(listed().map((state) => [state.id, state]));
    assert.equal(states.size, 130);
    for (const index of [0, 127, 128, 129]) {
      const state = states.get(idOf(index));
      assert.ok(state);
      assert.deepEqual(readBackupImage(state, realPorts()), images[index]);
      assert.deepEqual([state.kind, state.content, state.compressed], ['ordinary', 'database', false]);
    }
    await write([Buffer.from('another')], 2 ** 26, 130);
    assert.equal(segments().length, 2, 'the second one goes on');
    assert.deepEqual(historySummary(testProject(folder.path), realPorts()).oldest, timeOf(0));
  });

  it('writes a state once, and another state under the same name as well', async () => {
    for (const text of ['one', 'one', 'two']) await write([Buffer.from(text)], 2 ** 26);
    assert.deepEqual(
      listed().map((state) => readBackupImage(state, realPorts()).toString()),
      ['one', 'two'],
    );
  });

  it('writes the same state under another name as well', async () => {
    await write([Buffer.from('one'), Buffer.from('one')], 2 ** 26);
    assert.deepEqual(
      listed().map(({ id }) => id),
      [idOf(1), idOf(0)],
    );
  });

  it('keeps a history of exactly the maximum size, and the newest segment of any size', async () => {
    await write(
      [3000, 3000, 3000].map((sizeBytes) => randomBytes(sizeBytes)),
      14_000,
    );
    const names = segments();
    assert.equal(names.length, 2);
    const sizeBytes = listHistory(testProject(folder.path), realPorts()).sizeBytes;
    await write([], sizeBytes);
    assert.deepEqual(segments(), names);
    await write([], sizeBytes - 1);
    assert.deepEqual(segments(), names.slice(1));
    await write([], 1);
    assert.deepEqual(segments(), names.slice(1));
  });

  it('begins a new segment if the newest one contains more metadata than fits into memory', async () => {
    const records = Array.from({ length: 9 }, (_, index) =>
      encodeRecord({
        ...{ kind: index === 0 ? 'full' : 'xor', index, imageBytes: 0, oldestMs: 0, sha256: sha256Of(Buffer.alloc(0)) },
        ...{ metadata: randomBytes(MAX_METADATA_BYTES), payload: deflateRawSync(Buffer.alloc(0)) },
      }),
    );
    const path = segmentPath(testProject(folder.path).storePath, 1, timeOf(0));
    writeFileSync(path, Buffer.concat([SEGMENT_HEAD, ...records]));
    const { getHeapStatistics } = v8;
    v8.getHeapStatistics = () => ({ ...getHeapStatistics(), heap_size_limit: 0 });
    syncBuiltinESMExports();
    try {
      await write([Buffer.from('one')], 2 ** 26);
    } finally {
      v8.getHeapStatistics = getHeapStatistics;
      syncBuiltinESMExports();
    }
    assert.equal(segments().length, 2);
  });

  it('drops the oldest segment when backups are archived', async () => {
    const { removed, problem } = await archive(7);
    assert.deepEqual([removed.length, problem], [7, undefined]);
    assert.equal(segments().length, 2);
    assert.ok(segments()[0]?.startsWith('history-000002-'));
  });

  it('archives a backup even if its image cannot be stored for the next run, but reports a programming error', async () => {
    const failing = (error: Error): Ports => {
      const renameSync: FileSystem['renameSync'] = (from, to) => {
        if (String(to).endsWith('.history-base')) throw error;
        nodeFileSystem.renameSync(from, to);
      };
      return { ...realPorts(), files: { ...nodeFileSystem, renameSync } };
    };
    assert.equal((await archive(2, failing(systemError('EIO')))).problem, undefined);
    assert.equal(listed().length, 2);
    const { removed, problem } = await archive(1, failing(new TypeError('a bug')));
    assert.deepEqual([removed, problem?.cause instanceof TypeError], [[], true]);
  });

  it('deletes the oldest segment based on its current size', async () => {
    const images = Array.from({ length: 7 }, () => randomBytes(3000));
    await write(images, 20_000);
    assert.equal(segments().length, 2);
    assert.ok(segments()[0]?.startsWith('history-000002-'));
    assert.deepEqual(
      listed()
        .map(({ id }) => id)
        .sort(),
      [3, 4, 5, 6].map((number) => idOf(number)),
    );
  });

  it('counts each segment with its own size', async () => {
    const images = [3000, 3000, 3000, 100].map((sizeBytes) => randomBytes(sizeBytes));
    await write(images, 20_000);
    assert.equal(segments().length, 2);
    await write([randomBytes(100)], 8000, 4);
    assert.deepEqual(
      listed().map(({ id }) => id),
      [idOf(4), idOf(3)],
    );
  });
});
