import assert from 'node:assert/strict';
import nodeFileSystem, { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { OpenFiles, type OpenFile } from '../../../core/snapshot/openFile.js';
import { hasSameBytes, readWithProgress, type ReadProgress } from '../../../core/snapshot/readDatabase.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SIZE_BYTES = 2_000_000;

describe('read of a database', () => {
  const folder = useTemporaryFolder();
  let reads: number[];
  /** Reads end here, as if the file were shorter. */
  let endBytes: number;
  let opened: OpenFiles;
  let file: OpenFile;
  beforeEach(() => {
    reads = [];
    endBytes = SIZE_BYTES;
    writeFileSync(folder.join('file'), Buffer.alloc(SIZE_BYTES, 'a'));
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const count = Math.max(0, Math.min(length, endBytes - position));
      reads.push(count);
      return count === 0 ? 0 : nodeFileSystem.readSync(descriptor, bytes, offset, count, position);
    }) as FileSystem['readSync'];
    opened = new OpenFiles({ ...nodeFileSystem, readSync });
    const openFile = opened.open(folder.join('file'));
    assert.ok(openFile);
    file = openFile;
  });
  afterEach(() => {
    opened.closeAll();
  });

  const progressOf = (totalBytes: number): { readonly progress: ReadProgress; readonly fractions: number[] } => {
    const fractions: number[] = [];
    const report = (_step: string, fraction: number): unknown => fractions.push(fraction);
    return { progress: { report, totalBytes, doneBytes: 0 }, fractions };
  };

  it('needs one system call for a small one', () => {
    const target = Buffer.alloc(SIZE_BYTES);
    assert.equal(readWithProgress(file, target, progressOf(0).progress), SIZE_BYTES);
    assert.ok(target.equals(Buffer.alloc(SIZE_BYTES, 'a')));
    assert.deepEqual(reads, [SIZE_BYTES]);
  });

  it('ends where the file ends', () => {
    endBytes = 1_500_000;
    assert.equal(readWithProgress(file, Buffer.alloc(SIZE_BYTES), progressOf(0).progress), 1_500_000);
  });

  it('compares with little memory and few system calls', () => {
    assert.equal(hasSameBytes(file, Buffer.alloc(SIZE_BYTES, 'a')), true);
    assert.equal(reads.length, Math.ceil(SIZE_BYTES / (512 * 1024)));
  });

  it('detects a file that has become shorter than it was, although all its bytes are alike', () => {
    endBytes = 1_000_000;
    assert.equal(hasSameBytes(file, Buffer.alloc(SIZE_BYTES, 'a')), false);
  });

  it('detects another size and another byte', () => {
    assert.equal(hasSameBytes(file, Buffer.alloc(SIZE_BYTES - 1, 'a')), false);
    assert.equal(hasSameBytes(file, Buffer.alloc(SIZE_BYTES + 1, 'a')), false);
    const other = Buffer.alloc(SIZE_BYTES, 'a');
    other.write('b', SIZE_BYTES - 1);
    assert.equal(hasSameBytes(file, other), false);
  });

  it('reports its progress from 32 MiB to read, and never more than all of it', () => {
    const expected = Buffer.alloc(SIZE_BYTES, 'a');
    const small = progressOf(32 * 1024 * 1024 - 1);
    hasSameBytes(file, expected, small.progress);
    assert.deepEqual(small.fractions, []);
    const large = progressOf(32 * 1024 * 1024);
    readWithProgress(file, expected, large.progress);
    assert.deepEqual(large.fractions, [SIZE_BYTES / (32 * 1024 * 1024)]);
    large.progress.doneBytes = 32 * 1024 * 1024;
    readWithProgress(file, expected, large.progress);
    assert.equal(large.fractions.at(-1), 1);
  });

  it('of a large one works without a progress callback', () => {
    const progress = { report: undefined, totalBytes: 2 ** 30, doneBytes: 0 };
    assert.equal(readWithProgress(file, Buffer.alloc(SIZE_BYTES), progress), SIZE_BYTES);
    assert.equal(progress.doneBytes, SIZE_BYTES);
  });
});
