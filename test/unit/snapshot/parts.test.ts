import assert from 'node:assert/strict';
import nodeFileSystem, { appendFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { finishImage, isPageSize, pageSizeOf } from '../../../core/snapshot/databaseHeader.js';
import { isSameFingerprint } from '../../../core/snapshot/databaseFingerprint.js';
import { isUnchanged } from '../../../core/snapshot/evidence.js';
import type { ObservedFile, DatabaseFingerprint } from '../../../core/snapshot/snapshot.js';
import { FileWindow } from '../../../core/snapshot/fileWindow.js';
import { GrowingImage } from '../../../core/snapshot/growingImage.js';
import { isSameFile, isSameVersion, OpenFiles, toStamp, type FileStamp } from '../../../core/snapshot/openFile.js';
import { isHotJournal, isSameTransaction } from '../../../core/snapshot/rollbackJournal.js';
import { isBeingWritten } from '../../../core/snapshot/sqliteLocks.js';
import { addWords } from '../../../core/snapshot/walChecksum.js';
import { frameCountInIndex, parseWalHeader } from '../../../core/snapshot/walHeader.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KIB = 1024;

describe('image of a snapshot', () => {
  const hasCode =
    (code: string) =>
    (error: unknown): boolean =>
      error instanceof BackupError && error.code === code;
  const filled = (text: string, maxSizeBytes = 100): GrowingImage => {
    const image = new GrowingImage(maxSizeBytes, '/live.db');
    assert.equal(
      image.fill(text.length, (target) => target.write(text)),
      true,
    );
    return image;
  };

  it('keeps its content when it grows, followed by zeros, even if it was longer before', () => {
    const image = filled('abcdef');
    image.resize(9);
    assert.equal(image.bytes.toString(), 'abcdef\0\0\0');
    image.resize(2);
    assert.deepEqual([image.bytes.toString(), image.sizeBytes], ['ab', 2]);
    image.resize(6);
    assert.equal(image.bytes.toString(), 'ab\0\0\0\0');
  });

  it('accepts only pages that fit completely', () => {
    const image = filled('aabbcc');
    image.setPage(1, Buffer.from('11'));
    image.setPage(3, Buffer.from('33'));
    image.setPage(4, Buffer.from('44'));
    assert.equal(image.bytes.toString(), '11bb33');
    image.resize(5);
    image.setPage(3, Buffer.from('xx'));
    assert.equal(image.bytes.toString(), '11bb3');
  });

  it('reports an incomplete read, and starts again in the same memory', () => {
    const image = new GrowingImage(100, '/live.db');
    image.start(10);
    assert.equal(
      image.fill(10, (target) => target.write('abc')),
      false,
    );
    assert.equal(image.bytes.toString(), 'abc');
    const { buffer } = image.bytes;
    image.start(10);
    assert.deepEqual([image.sizeBytes, image.bytes.buffer === buffer], [0, true]);
  });

  it('reserves and reads no more than allowed', () => {
    const image = filled('abc', 3);
    image.start(1000);
    assert.equal(image.bytes.buffer.byteLength, 3);
    image.resize(3);
    assert.throws(() => {
      image.resize(4);
    }, hasCode('too-large'));
    assert.throws(() => image.fill(4, () => 4), hasCode('too-large'));
  });

  describe('when finished', () => {
    const header = (changes: (bytes: Buffer) => void = () => undefined, pages = 3): GrowingImage => {
      const bytes = Buffer.alloc(512 * pages);
      bytes.write('SQLite format 3\0', 'latin1');
      bytes.writeUInt16BE(512, 16);
      bytes.set([2, 2, 0, 64, 32, 32], 18);
      bytes.writeUInt32BE(7, 24);
      bytes.writeUInt32BE(2, 28);
      bytes.writeUInt32BE(7, 92);
      changes(bytes);
      const image = new GrowingImage(1_000_000, '/live.db');
      image.fill(bytes.length, (target) => bytes.copy(target));
      return image;
    };
    const inconsistencyOf = (image: GrowingImage, walPageSizeBytes?: number): unknown => {
      const outcome = finishImage(image, '/live.db', walPageSizeBytes);
      return typeof outcome === 'number' ? outcome : (outcome as { code?: string }).code;
    };

    it('has the size in its header, and needs no log', () => {
      const image = header();
      assert.equal(inconsistencyOf(image), 512);
      assert.equal(image.sizeBytes, 1024);
      assert.deepEqual([...image.bytes.subarray(17, 21)], [0, 1, 1, 0]);
    });

    it('has all its complete pages if the header’s size is invalid', () => {
      for (const change of [
        (bytes: Buffer) => bytes.writeUInt32BE(8, 92),
        (bytes: Buffer) => bytes.writeUInt32BE(0, 28),
      ]) {
        const image = header(change);
        image.resize(512 * 2 + 100);
        assert.equal(inconsistencyOf(image), 512);
        assert.equal(image.sizeBytes, 1024);
      }
    });

    it('is rejected if it is shorter than its header states, empty, or its page size differs from its log', () => {
      assert.equal(inconsistencyOf(header(undefined, 1)), 'database-damaged');
      assert.equal(inconsistencyOf(header(undefined, 2)), 512);
      assert.equal(inconsistencyOf(new GrowingImage(10, '/live.db')), 'database-empty');
      assert.equal(inconsistencyOf(header(), 1024), 'database-damaged');
      assert.equal(inconsistencyOf(header(), 512), 512);
      const short = header((bytes) => bytes.writeUInt32BE(8, 92));
      short.resize(200);
      assert.equal(inconsistencyOf(short), 'database-damaged');
    });

    it('must be a database of a known format', () => {
      for (const [code, change] of [
        ['not-a-database', (bytes: Buffer) => bytes.write('SQLite format 2\0', 'latin1')],
        ['not-a-database', (bytes: Buffer) => bytes.writeUInt16BE(513, 16)],
        ['not-a-database', (bytes: Buffer) => bytes.writeUInt8(63, 21)],
        ['unknown-format', (bytes: Buffer) => bytes.writeUInt8(3, 18)],
        ['unknown-format', (bytes: Buffer) => bytes.writeUInt8(3, 19)],
      ] as const) {
        assert.throws(() => inconsistencyOf(header(change)), hasCode(code));
      }
      const cut = header();
      cut.resize(99);
      assert.throws(() => inconsistencyOf(cut), hasCode('not-a-database'));
    });
  });

  it('has a page size that is a power of two from 512 to 65536', () => {
    const sizes = [0, 1, 256, 511, 512, 513, 768, 1024, 32768, 65536, 131072];
    assert.deepEqual(
      sizes.filter((size) => isPageSize(size)),
      [512, 1024, 32768, 65536],
    );
    const stored = (size: number): number | undefined => {
      const header = Buffer.alloc(100);
      header.writeUInt16BE(size, 16);
      return pageSizeOf(header);
    };
    assert.deepEqual([stored(1), stored(4096), stored(2)], [65536, 4096, undefined]);
  });
});

describe('window on a file', () => {
  const folder = useTemporaryFolder();
  const content = Buffer.alloc(1_000_000, 'abcdefg');

  const withWindow = (
    windowSizeBytes: number | undefined,
    work: (window: FileWindow, reads: number[]) => void,
  ): void => {
    writeFileSync(folder.join('file'), content);
    const reads: number[] = [];
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      reads.push(length);
      return nodeFileSystem.readSync(descriptor, bytes, offset, length, position);
    }) as FileSystem['readSync'];
    const files = new OpenFiles({ ...nodeFileSystem, readSync });
    try {
      const file = files.open(folder.join('file'));
      assert.ok(file);
      work(new FileWindow(file, windowSizeBytes), reads);
    } finally {
      files.closeAll();
    }
  };

  it('returns any part of a small file, and reads only as far as necessary', () => {
    withWindow(undefined, (window, reads) => {
      assert.deepEqual([window.isFullyLoaded, window.sizeBytes], [true, content.length]);
      assert.deepEqual(window.bytesAt(10, 5), content.subarray(10, 15));
      assert.deepEqual(reads, [256 * KIB]);
      assert.deepEqual(window.bytesAt(256 * KIB - 5, 5), content.subarray(256 * KIB - 5, 256 * KIB));
      assert.equal(reads.length, 1);
      assert.deepEqual(window.bytesAt(256 * KIB - 5, 6), content.subarray(256 * KIB - 5, 256 * KIB + 1));
      assert.equal(reads.length, 2);
      assert.equal(window.bytesAt(0, content.length)?.length, content.length);
      assert.equal(window.bytesAt(1, content.length), undefined);
      assert.equal(window.bytesAt(0, content.length + 1), undefined);
      assert.deepEqual(window.bytesAt(0, 3), content.subarray(0, 3));
    });
  });

  it('moves forwards and backwards in a large file, and returns nothing beyond its end', () => {
    withWindow(1000, (window) => {
      assert.equal(window.isFullyLoaded, false);
      for (const [offset, length] of [
        [0, 1000],
        [1, 1000],
        [990, 20],
        [500_000, 1000],
        [3, 7],
        [999_990, 10],
      ] as const) {
        assert.deepEqual(window.bytesAt(offset, length), content.subarray(offset, offset + length), `${offset}`);
      }
      assert.equal(window.bytesAt(0, 1001), undefined);
      assert.equal(window.bytesAt(999_991, 10), undefined);
    });
  });

  it('returns nothing if the file has become shorter', () => {
    withWindow(1000, (window) => {
      truncateSync(folder.join('file'), 500);
      assert.equal(window.bytesAt(0, 501), undefined);
      assert.deepEqual(window.bytesAt(0, 500), content.subarray(0, 500));
      appendFileSync(folder.join('file'), 'x');
      assert.equal(window.bytesAt(500, 1)?.toString(), 'x');
    });
  });
});

describe('file observed twice', () => {
  const stamp: FileStamp = { device: 1n, inode: 2n, sizeBytes: 3, mtimeNs: 4n, ctimeNs: 5n };
  const observed = (changes: Partial<FileStamp> = {}, header = 'header'): ObservedFile => ({
    file: undefined as never,
    stamp: { ...stamp, ...changes },
    header: Buffer.from(header),
  });

  it('is the same version only with the same device, inode, size and times', () => {
    assert.equal(isSameVersion(stamp, { ...stamp }), true);
    for (const change of [{ device: 9n }, { inode: 9n }, { sizeBytes: 9 }, { mtimeNs: 9n }, { ctimeNs: 9n }]) {
      assert.equal(isSameVersion(stamp, { ...stamp, ...change }), false);
      assert.equal(isSameFile(stamp, { ...stamp, ...change }), !('device' in change || 'inode' in change));
      assert.equal(isUnchanged(observed(), observed(change)), false);
    }
    for (const isSame of [isSameVersion, isSameFile]) {
      assert.deepEqual(
        [isSame(undefined, undefined), isSame(stamp, undefined), isSame(undefined, stamp)],
        [true, false, false],
      );
    }
  });

  it('is unchanged only with the same first bytes', () => {
    assert.equal(isUnchanged(observed(), observed()), true);
    assert.equal(isUnchanged(observed(), observed({}, 'other')), false);
    assert.equal(isUnchanged(undefined, undefined), true);
    assert.deepEqual([isUnchanged(observed(), undefined), isUnchanged(undefined, observed())], [false, false]);
  });

  it('is stamped with the values of the system', () => {
    const stats = statSync(import.meta.filename, { bigint: true });
    assert.deepEqual(toStamp(stats), {
      device: stats.dev,
      inode: stats.ino,
      sizeBytes: Number(stats.size),
      mtimeNs: stats.mtimeNs,
      ctimeNs: stats.ctimeNs,
    });
  });

  it('has another fingerprint if any part of it differs', () => {
    const wal = { header: 'aa', sizeBytes: 1, mtimeNs: '1' };
    const state: DatabaseFingerprint = {
      header: 'ab',
      sizeBytes: 512,
      mtimeNs: '5',
      wal,
      walIndex: 'cd',
      hotJournal: false,
      observedAtMs: 0,
    };
    assert.equal(isSameFingerprint(state, { ...state, wal: { ...wal }, observedAtMs: 9 }), true);
    assert.equal(isSameFingerprint({ ...state, wal: null }, { ...state, wal: null }), true);
    for (const change of [
      { header: 'xx' },
      { sizeBytes: 1024 },
      { mtimeNs: '6' },
      { wal: null },
      { wal: { ...wal, header: 'bb' } },
      { wal: { ...wal, sizeBytes: 2 } },
      { wal: { ...wal, mtimeNs: '2' } },
      { walIndex: null },
      { hotJournal: true },
    ]) {
      assert.equal(isSameFingerprint(state, { ...state, ...change }), false, JSON.stringify(change));
      assert.equal(isSameFingerprint({ ...state, ...change }, state), false, JSON.stringify(change));
    }
  });
});

describe('header of a rollback journal', () => {
  it('belongs to one transaction whatever its record count', () => {
    const header = Buffer.from(Array.from({ length: 28 }, (_, index) => index + 1));
    for (let at = 0; at < header.length; at += 1) {
      const other = Buffer.from(header);
      other.writeUInt8(200, at);
      assert.equal(isSameTransaction(header, other), at >= 8 && at < 12, at.toString());
    }
  });

  it('is hot if it exists and does not begin with a zero', () => {
    const hot = [undefined, Buffer.alloc(0), Buffer.from([0, 1]), Buffer.from([1, 0])].map((header) =>
      isHotJournal(header),
    );
    assert.deepEqual(hot, [false, false, false, true]);
  });
});

describe('index of a write-ahead log', () => {
  const log = {
    pageSizeBytes: 4096,
    isBigEndian: false,
    salt: Buffer.from('saltsalt'),
    checksum: { first: 0, second: 0 },
  };
  const index = (change: (copy: Buffer) => void = () => undefined, second = change): Buffer => {
    const copies = [change, second].map((changed) => {
      const copy = Buffer.alloc(48);
      copy.set(new Uint8Array(Uint32Array.of(7).buffer), 16);
      log.salt.copy(copy, 32);
      changed(copy);
      return copy;
    });
    return Buffer.concat(copies);
  };

  it('contains the number of committed frames in the byte order of the computer', () => {
    assert.equal(frameCountInIndex(index(), log), 7);
  });

  it('counts as empty while it is being written, if it belongs to another log, or if it is missing or incomplete', () => {
    assert.equal(
      frameCountInIndex(
        index(
          (copy) => copy.writeUInt8(9, 0),
          () => undefined,
        ),
        log,
      ),
      0,
    );
    assert.equal(
      frameCountInIndex(
        index((copy) => copy.write('SALTSALT', 32)),
        log,
      ),
      0,
    );
    assert.equal(frameCountInIndex(undefined, log), 0);
    for (const length of [0, 48, 95]) assert.equal(frameCountInIndex(index().subarray(0, length), log), 0);
  });
});

describe('locks of SQLite', function () {
  // fe:00, as the kernel splits device numbers.
  const database: FileStamp = { device: 0xfe00n, inode: 4711n, sizeBytes: 0, mtimeNs: 0n, ctimeNs: 0n };
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  const isWritten = (locks: string, of: Partial<FileStamp> = {}): boolean =>
    isBeingWritten(
      { ...database, ...of },
      {
        ...nodeFileSystem,
        readFileSync: (() => locks) as unknown as FileSystem['readFileSync'],
      },
    );
  const lock = (range: string, { kind = 'WRITE', file = 'fe:00:4711' } = {}): string =>
    `1: POSIX  ADVISORY  READ  1 fe:00:4711 0 EOF\n2: POSIX  ADVISORY  ${kind} 99 ${file} ${range}\n`;

  it('show a writer with the pending or the exclusive byte', () => {
    assert.equal(isWritten(''), false);
    assert.equal(isWritten(lock('1073741824 1073741824')), true);
    assert.equal(isWritten(lock('1073741826 1073742335')), true);
    assert.equal(isWritten(lock('1073741826 1073741826')), true);
    assert.equal(isWritten(lock('0 EOF')), true);
    assert.equal(isWritten(lock('0 1073741824')), true);
    assert.equal(isWritten(lock('1073741824 EOF')), true);
  });

  it('show no writer if only a reader, the reserved byte, or another file is locked', () => {
    assert.equal(isWritten(lock('1073741824 EOF', { kind: 'READ ' })), false);
    assert.equal(isWritten(lock('1073741825 1073741825')), false);
    assert.equal(isWritten(lock('0 1073741823')), false);
    assert.equal(isWritten(lock('1073741827 EOF')), false);
    for (const file of ['fe:00:4712', 'fe:01:4711', 'fd:00:4711'])
      assert.equal(isWritten(lock('0 EOF', { file })), false);
    assert.equal(isWritten(`3: -> ${lock('0 EOF').split('\n')[1]?.slice(3) ?? ''}\n`), false);
  });

  it('are read from any number of lines, of any process and any kind', () => {
    for (const line of [
      '12: POSIX  ADVISORY  WRITE 4711 fe:00:4711 1073741824 1073741824',
      '3: OFDLCK ADVISORY  WRITE -1 fe:00:4711 0 EOF',
      '123: POSIX ADVISORY WRITE  7 fe:00:4711 1073741824 1073742335',
    ])
      assert.equal(isWritten(`1: FLOCK  ADVISORY  WRITE 5 fe:00:99 0 EOF\n${line}\n`), true, line);
  });

  it('are matched by inode alone if a file system has its own device', () => {
    assert.equal(isWritten(lock('0 EOF'), { device: 0x2bn }), true);
    assert.equal(isWritten(lock('0 EOF'), { device: 0x2bn, inode: 1n }), false);
  });

  it('are matched by device numbers of any size', () => {
    // As combined by glibc's makedev(0x1234, 0x56789).
    const device = (0x1n << 44n) | (0x567n << 20n) | (0x234n << 8n) | 0x89n;
    assert.equal(isWritten(lock('0 EOF', { file: '1234:56789:4711' }), { device }), true);
    assert.equal(isWritten(lock('0 EOF', { file: '1234:56788:4711' }), { device }), false);
    assert.equal(isWritten(lock('0 EOF', { file: '1235:56789:4711' }), { device }), false);
  });

  it('count as none if the system does not list them, and throw if reading the list fails', () => {
    const failing = (code: string) => (): boolean =>
      isBeingWritten(database, {
        ...nodeFileSystem,
        readFileSync: () => {
          throw systemError(code);
        },
      });
    for (const code of ['ENOENT', 'EACCES', 'EPERM']) assert.equal(failing(code)(), false);
    for (const code of ['EMFILE', 'EIO']) assert.throws(failing(code), BackupError);
  });
});

describe('header of a write-ahead log', () => {
  const header = (isBigEndian: boolean, changes: (bytes: Buffer) => void = () => undefined): Buffer => {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt32BE(isBigEndian ? 0x377f0683 : 0x377f0682, 0);
    bytes.writeUInt32BE(3007000, 4);
    bytes.writeUInt32BE(4096, 8);
    bytes.write('saltsalt', 16, 'latin1');
    changes(bytes);
    const { first, second } = addWords({ first: 0, second: 0 }, bytes, 0, 24, isBigEndian);
    bytes.writeInt32BE(first, 24);
    bytes.writeInt32BE(second, 28);
    return bytes;
  };

  it('is read in either byte order, at any alignment', () => {
    for (const isBigEndian of [false, true]) {
      for (const shift of [0, 1, 2, 4]) {
        const bytes = Buffer.concat([Buffer.alloc(shift), header(isBigEndian)]).subarray(shift);
        const parsed = parseWalHeader(bytes, '/wal');
        assert.deepEqual([parsed?.pageSizeBytes, parsed?.isBigEndian], [4096, isBigEndian]);
        assert.equal(parsed?.salt.toString('latin1'), 'saltsalt');
        assert.deepEqual(parsed.checksum, { first: bytes.readInt32BE(24), second: bytes.readInt32BE(28) });
      }
    }
  });

  it('is undefined if it is truncated, of another kind, or has a wrong checksum', () => {
    assert.equal(parseWalHeader(header(false).subarray(0, 31), '/wal'), undefined);
    assert.equal(parseWalHeader(Buffer.alloc(0), '/wal'), undefined);
    assert.equal(
      parseWalHeader(
        header(false, (bytes) => bytes.writeUInt32BE(0x377f0684, 0)),
        '/wal',
      ),
      undefined,
    );
    assert.equal(
      parseWalHeader(
        header(false, (bytes) => bytes.writeUInt32BE(4097, 8)),
        '/wal',
      ),
      undefined,
    );
    for (const at of [12, 16, 24, 28]) {
      const bytes = header(false);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      assert.equal(parseWalHeader(bytes, '/wal'), undefined, at.toString());
    }
    assert.throws(
      () =>
        parseWalHeader(
          header(false, (bytes) => bytes.writeUInt32BE(3007001, 4)),
          '/wal',
        ),
      (error) => error instanceof BackupError && error.code === 'unknown-wal-version',
    );
  });
});
