import assert from 'node:assert/strict';
import nodeFileSystem, { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { parseWithin } from '../../../core/store/metadataFile.js';
import { countValues, parseMetadata } from '../../../core/store/parseMetadata.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readSegment } from '../../../core/history/readSegment.js';
import { findBackupAt } from '../../../core/vault/selectFromHistory.js';
import { nextSegmentNumber, segmentsAmong } from '../../../core/history/segmentNames.js';
import { isBudgetExceeded, ReadingBudget } from '../../../core/store/readingBudget.js';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { readFolder } from '../../../core/system/files/readFolder.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import {
  fakeHeaders,
  makeStore,
  plantBackups,
  recordWith,
  segmentName,
  segmentOf,
} from '../../support/hostileStore.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MEGABYTE = 1024 * 1024;
const STATE = '"features_1_20260101-000000_x"\n{"timestamp":"2026-01-01T00:00:00Z"}';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof BackupError ? error.code : String(error);
  }
}

/** The real file system, counting the bytes read. */
function countingFiles(): { readonly files: FileSystem; readonly read: () => number } {
  let bytes = 0;
  const readSync = (descriptor: number, buffer: NodeJS.ArrayBufferView, ...rest: unknown[]): number => {
    const [offset, length, position] = rest as [number, number, number | null];
    const got = nodeFileSystem.readSync(descriptor, buffer, offset, length, position);
    bytes += got;
    return got;
  };
  return { files: { ...nodeFileSystem, readSync }, read: () => bytes };
}

describe('reading budget', () => {
  it('throws once its bytes are exceeded, and from then on', () => {
    const budget = new ReadingBudget('/store', { maxBytes: 32 * MEGABYTE });
    budget.spend(32 * MEGABYTE);
    assert.equal(
      codeOf(() => budget.spend(1)),
      'too-large',
    );
    assert.equal(
      codeOf(() => budget.spend(0)),
      'too-large',
    );
  });

  it('throws once its time is over', () => {
    assert.equal(
      codeOf(() => new ReadingBudget('/store', { timeMs: -1 }).spend(0)),
      'time-limit',
    );
  });

  it('allows listing 10,000 backups with 20 kB of metadata each', () => {
    const budget = new ReadingBudget('/store');
    for (let backup = 0; backup < 10_000; backup += 1) budget.spend(20_000 + 1024);
    assert.equal(
      codeOf(() => budget.spend(0)),
      'nothing was thrown',
    );
  });
});

describe('unknown metadata', () => {
  it('is preserved if it is small', () => {
    const unknown = { later: { nested: [1, 'two', null, { three: [true] }] }, ['__proto__']: { polluted: true } };
    const text = `{"reason":"x","later":${JSON.stringify(unknown.later)},"__proto__":{"polluted":true}}`;
    const metadata = parseMetadata(text);
    assert.deepEqual(Object.keys(metadata?.unknown ?? {}), ['later', '__proto__']);
    assert.deepEqual(metadata?.unknown.later, unknown.later);
    assert.equal('polluted' in {}, false);
  });

  it('counts as unreadable if it has too many values or is nested too deeply', () => {
    assert.equal(parseMetadata(`{"a":[${'[],'.repeat(20_000)}[]]}`), undefined);
    assert.equal(parseMetadata(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`), undefined);
  });

  it('are counted one by one, because many small values take more memory than their text', () => {
    const text = `{"later":[${'1,'.repeat(4999)}1]}`;
    const budget = new ReadingBudget('/store', { maxBytes: 17 * MEGABYTE });
    const read = (count: number): string =>
      codeOf(() => {
        for (let number = 0; number < count; number += 1) parseWithin(text, budget);
      });
    assert.equal(read(40), 'nothing was thrown');
    assert.equal(read(20), 'too-large');
  });

  it('costs its length, and nothing for values without unknown ones', () => {
    const text = '{"reason":"x"}';
    const budget = new ReadingBudget('/store', { maxBytes: 17 * MEGABYTE });
    budget.spend(17 * MEGABYTE - text.length);
    assert.equal(
      codeOf(() => parseWithin(text, budget)),
      'nothing was thrown',
    );
    assert.equal(
      codeOf(() => parseWithin(text, budget)),
      'too-large',
    );
  });

  it('is counted by value', () => {
    assert.equal(countValues({ a: [1, 2, { b: 'c' }], d: null }), 7);
    assert.equal(countValues([1, 2, 3], 4), 4);
    assert.equal(countValues([1, 2, 3], 3), Infinity);
    assert.equal(countValues([[[]]], 10, 2), Infinity);
  });
});

describe('listing', () => {
  it('is incomplete if its time or its memory was not enough, and for no other error', () => {
    const isIncomplete = (code: BackupErrorCode): boolean =>
      isBudgetExceeded(new BackupError('', { code, operation: 'list' }));
    assert.deepEqual([isIncomplete('time-limit'), isIncomplete('too-large'), isIncomplete('io')], [true, true, false]);
  });
});

describe('hostile store', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const project = () => testProject(folder.path);

  it('lists backups beyond the budget by name, with unreadable metadata', () => {
    const storePath = makeStore(folder.path);
    plantBackups(storePath, 300, `{"reason":"${'x'.repeat(MEGABYTE - 100)}"}`);
    const { backups } = readCatalog(project(), realPorts());
    const read = backups.filter(({ metadata }) => metadata !== undefined);
    assert.equal(backups.length, 300);
    assert.ok(read.length > 10 && read.length <= 256, read.length.toString());
  });

  it('is rejected if it has far too many files', () => {
    const storePath = makeStore(folder.path);
    for (let index = 0; index < 30; index += 1) writeFileSync(join(storePath, index.toString()), '');
    const { files } = realPorts();
    assert.equal(readFolder(storePath, files, () => true, 30).length, 30);
    assert.equal(
      codeOf(() => readFolder(storePath, files, () => true, 29)),
      'too-large',
    );
  });

  it('reads a tail of fake headers only a few times, and reports damage', () => {
    const path = join(makeStore(folder.path), segmentName(1));
    const content = segmentOf([recordWith(STATE), fakeHeaders(10 * MEGABYTE)]);
    writeFileSync(path, content);
    const { files, read } = countingFiles();
    const segment = readSegment(path, files);
    assert.deepEqual([segment.records.length, segment.isBroken], [1, true]);
    assert.ok(read() < 20 * content.length, `${read().toString()} bytes were read`);
  });

  it('reads a long tail without headers once', () => {
    const path = join(makeStore(folder.path), segmentName(1));
    const content = segmentOf([recordWith(STATE), Buffer.alloc(10 * MEGABYTE, 'FBR0')]);
    writeFileSync(path, content);
    const { files, read } = countingFiles();
    const segment = readSegment(path, files);
    assert.deepEqual([segment.records.length, segment.isBroken], [1, false]);
    assert.ok(read() < 1.1 * content.length, `${read().toString()} bytes were read`);
  });

  it('finds a record after damage, wherever it begins', () => {
    const path = join(makeStore(folder.path), segmentName(1));
    const window = 64 * 1024;
    for (let before = window - 3; before <= window + 3; before += 1) {
      const content = segmentOf([
        recordWith(STATE),
        Buffer.alloc(before),
        recordWith(STATE, { index: 2, kind: 'xor' }),
      ]);
      writeFileSync(path, content);
      assert.ok(readSegment(path, nodeFileSystem).isBroken, before.toString());
    }
  });

  it('lists as much of a history as the budget allows, and reports that it is incomplete', () => {
    const storePath = makeStore(folder.path);
    writeFileSync(join(storePath, segmentName(1)), segmentOf([recordWith(STATE)]));
    const text = `${STATE.slice(0, -1)},"reason":"${'x'.repeat(2 * MEGABYTE - 200)}"}`;
    const records = Array.from({ length: 128 }, (_, index) =>
      recordWith(text, { index, kind: index === 0 ? 'full' : 'xor', sha256: index.toString(16).padStart(64, '0') }),
    );
    for (let number = 2; number < 6; number += 1)
      writeFileSync(join(storePath, segmentName(number)), segmentOf(records));
    const { states, problems } = listHistory(project(), realPorts());
    assert.ok(states.length < 256);
    assert.equal(problems.at(-1)?.code, 'too-large');
    assert.equal(
      codeOf(() => findBackupAt(project(), new Date(), realPorts())),
      'too-large',
    );
  });

  it('reads the metadata of a backup once, however many history states have its name', () => {
    const storePath = makeStore(folder.path);
    writeFileSync(join(storePath, 'features_1_20260101-000000_x.db'), 'x');
    writeFileSync(join(storePath, 'features_1_20260101-000000_x.json'), '{}'.padEnd(MEGABYTE - 1));
    const records = Array.from({ length: 128 }, (_, index) =>
      recordWith(STATE, { index, kind: index === 0 ? 'full' : 'xor', sha256: index.toString(16).padStart(64, '0') }),
    );
    writeFileSync(join(storePath, segmentName(1)), segmentOf(records));
    const { files, read } = countingFiles();
    assert.equal(listHistory(project(), { ...realPorts(), files }).states.length, 128);
    assert.ok(read() < 3 * MEGABYTE, `${read().toString()} bytes were read`);
  });

  it('leaves a number for the next segment, whatever numbers other files have', () => {
    const storePath = makeStore(folder.path);
    for (const number of [7, 999_999_999_999]) writeFileSync(join(storePath, segmentName(number)), '');
    const segments = segmentsAmong(storePath, [segmentName(7), segmentName(999_999_999_999)], nodeFileSystem);
    assert.equal(nextSegmentNumber(segments), 8);
  });
});
