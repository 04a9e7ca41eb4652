import assert from 'node:assert/strict';
import nodeFileSystem, {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { readBase, writeBase } from '../../../core/history/baseImage.js';
import {
  lastRecord,
  lastIntactRecord,
  readSegment,
  withSegment,
  type Segment,
  type SegmentRecord,
} from '../../../core/history/readSegment.js';
import { verifyStates, rebuildFrom, rebuildImage } from '../../../core/history/rebuildImage.js';
import {
  decodeHeader,
  encodeRecord,
  HEADER_BYTES,
  isHeaderIntact,
  MARKER,
  MAX_IMAGE_BYTES,
  MAX_METADATA_BYTES,
  MAX_RECORD_BYTES,
  MAX_STATES,
  recordBytes,
  SEGMENT_HEAD,
  type NewRecord,
} from '../../../core/history/segmentFormat.js';
import { nextSegmentNumber, segmentNumber, segmentPath, segmentsAmong } from '../../../core/history/segmentNames.js';
import {
  deflateMetadata,
  inflateMetadata,
  metadataText,
  parseStateMetadata,
} from '../../../core/history/stateMetadata.js';
import { padWithZeros, xorInto } from '../../../core/history/xorImages.js';
import { ReadingBudget } from '../../../core/store/readingBudget.js';
import { BackupError } from '../../../core/system/errors.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { listedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const KIB = 1024;
const OLDEST_MS = Date.UTC(2026, 0, 25, 12);

/** Images that grow, shrink, are empty, and have lengths that are not multiples of four. */
const IMAGES = [
  Buffer.alloc(4096, 'one'),
  Buffer.alloc(9001, 'two'),
  Buffer.alloc(3, 'xyz'),
  Buffer.alloc(0),
  Buffer.alloc(5000, 'five'),
];

function recordOf(images: readonly Buffer[], index: number, changes: Partial<NewRecord> = {}): Buffer {
  const image = images[index] ?? Buffer.alloc(0);
  const before = index === 0 ? Buffer.alloc(0) : (images[index - 1] ?? Buffer.alloc(0));
  const difference = padWithZeros(before, image.length);
  xorInto(difference, image);
  return encodeRecord({
    kind: index === 0 ? 'full' : 'xor',
    index,
    imageBytes: image.length,
    oldestMs: OLDEST_MS,
    sha256: sha256Of(image),
    metadata: deflateRawSync(Buffer.from(`metadata of ${index.toString()}`)),
    payload: deflateRawSync(index === 0 ? image : difference),
    ...changes,
  });
}

const recordsOf = (images: readonly Buffer[]): Buffer[] => images.map((_, index) => recordOf(images, index));
const budget = (): ReadingBudget => new ReadingBudget('/store');

describe('history segment', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('segment.fbh');
  const put = (...parts: readonly Buffer[]): string => {
    writeFileSync(path(), Buffer.concat([SEGMENT_HEAD, ...parts]));
    return path();
  };
  const read = (...parts: readonly Buffer[]): Segment => readSegment(put(...parts), nodeFileSystem);
  /** The content of a segment without its payloads. */
  const summaryOf = (...parts: readonly Buffer[]): readonly [number, boolean, boolean] => {
    const { records, isBroken, endsAt, sizeBytes } = read(...parts);
    return [records.length, isBroken, endsAt === sizeBytes];
  };
  const last = (...parts: readonly Buffer[]): SegmentRecord | undefined =>
    withSegment(put(...parts), nodeFileSystem, lastRecord);

  it('returns every header and every image as written', () => {
    const segment = read(...recordsOf(IMAGES));
    assert.deepEqual([segment.isBroken, segment.endsAt], [false, segment.sizeBytes]);
    for (const [index, image] of IMAGES.entries()) {
      const record = segment.records[index];
      assert.ok(record);
      const { kind, imageBytes, oldestMs, sha256 } = record;
      assert.deepEqual([kind, imageBytes, oldestMs], [index === 0 ? 'full' : 'xor', image.length, OLDEST_MS]);
      assert.equal(sha256, sha256Of(image));
      assert.equal(inflateMetadata(record.metadata, undefined), `metadata of ${index.toString()}`);
      assert.deepEqual(rebuildImage(path(), index, { files: nodeFileSystem }), image);
    }
    verifyStates(segment, nodeFileSystem, budget());
  });

  it('begins as documented', () => {
    assert.equal(SEGMENT_HEAD.toString('latin1'), 'FBHISTRY\u0001\0\0\0\0\0\0\0');
  });

  it('distinguishes an incomplete record at the end from damage in the middle', () => {
    const [one, two, three] = recordsOf(IMAGES.slice(0, 3));
    assert.ok(one && two && three);
    assert.deepEqual(summaryOf(one, two, three), [3, false, true]);
    for (const length of [1, HEADER_BYTES - 1, HEADER_BYTES, three.length - 1]) {
      assert.deepEqual(summaryOf(one, two, three.subarray(0, length)), [2, false, false]);
    }
    const damaged = Buffer.from(two);
    damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
    assert.deepEqual(summaryOf(one, damaged, three), [1, true, false]);
    assert.deepEqual(summaryOf(one, damaged), [1, false, false]);
    assert.deepEqual(summaryOf(damaged, three), [0, true, false]);
    assert.deepEqual(summaryOf(), [0, true, true]);
    writeFileSync(path(), Buffer.concat([Buffer.from(SEGMENT_HEAD).fill('x', 0, 1), one]));
    const headless = readSegment(path(), nodeFileSystem);
    assert.deepEqual([headless.records.length, headless.isBroken, headless.endsAt], [0, true, 0]);
  });

  it('finds a record after damage, wherever it begins', () => {
    const [one, two] = recordsOf(IMAGES);
    assert.ok(one && two);
    // The marker crosses the border of the reading window.
    for (const gap of [1, 5, 64 * KIB - 3, 64 * KIB - 1, 64 * KIB, 200 * KIB]) {
      assert.deepEqual(summaryOf(one, Buffer.alloc(gap, 1), two), [1, true, false], gap.toString());
    }
    const lone = Buffer.concat([Buffer.alloc(100, 1), MARKER, Buffer.alloc(200, 1)]);
    assert.deepEqual(summaryOf(one, lone), [1, false, false]);
    const many = Array.from({ length: 64 }, () => Buffer.concat([MARKER, Buffer.from('x')]));
    assert.deepEqual(summaryOf(one, Buffer.from('x'), ...many), [1, false, false]);
    assert.deepEqual(summaryOf(one, Buffer.from('x'), ...many, MARKER), [1, true, false]);
    // The damaged record's own marker does not count.
    assert.deepEqual(summaryOf(one, MARKER, Buffer.from('x'), ...many), [1, false, false]);
  });

  it('ends at a record out of order: a wrong index, a difference first, or a full image later', () => {
    const [one, two, three] = recordsOf(IMAGES);
    assert.ok(one && two && three);
    assert.equal(read(one, three).records.length, 1);
    assert.equal(read(two).records.length, 0);
    assert.equal(read(recordOf(IMAGES, 0, { kind: 'xor' })).records.length, 0);
    assert.equal(read(one, recordOf(IMAGES, 1, { kind: 'full' })).records.length, 1);
  });

  it('never has more than 128 states', () => {
    const images = Array.from({ length: 128 }, (_, index) => Buffer.from(index.toString()));
    const records = recordsOf(images);
    assert.equal(MAX_STATES, 128);
    assert.deepEqual(summaryOf(...records), [128, false, true]);
    const next = recordOf(images, 0);
    assert.equal(read(...records, next).records.length, 128);
  });

  it('has an incomplete end no longer than one record', () => {
    const [one] = recordsOf(IMAGES);
    assert.ok(one);
    put(one);
    const { endsAt } = readSegment(path(), nodeFileSystem);
    for (const [rest, isBroken] of [
      [MAX_RECORD_BYTES, false],
      [MAX_RECORD_BYTES + 1, true],
    ] as const) {
      truncateSync(path(), endsAt + rest);
      assert.equal(readSegment(path(), nodeFileSystem).isBroken, isBroken);
    }
  });

  it('can be read in any order', () => {
    put(...recordsOf(IMAGES), Buffer.alloc(100 * KIB, 1));
    const content = readFileSync(path());
    withSegment(path(), nodeFileSystem, (file) => {
      for (const position of [300, 100, 0, 90 * KIB, 70, 66 * KIB, 65 * KIB]) {
        assert.deepEqual(file.read(position, 50), content.subarray(position, position + 50), position.toString());
      }
    });
  });

  it('is read in pieces of 64 KiB, or one payload, and each piece once', () => {
    put(Buffer.alloc(300 * KIB, 1));
    const { size } = statSync(path());
    const reads: number[] = [];
    const readSync = ((descriptor: number, bytes: Buffer, offset: number, length: number, position: number) => {
      reads.push(length);
      return nodeFileSystem.readSync(descriptor, bytes, offset, length, position);
    }) as FileSystem['readSync'];
    withSegment(path(), { ...nodeFileSystem, readSync }, (file) => {
      file.read(0, 10);
      file.read(0, 10);
      file.read(64 * KIB - 10, 10);
      assert.deepEqual(reads, [64 * KIB]);
      file.read(1, 64 * KIB);
      file.read(size - 100, 100);
      assert.deepEqual(reads, [64 * KIB, 64 * KIB, 100]);
      file.read(0, 100 * KIB);
      assert.deepEqual(reads.slice(3), [100 * KIB]);
    });
  });

  it('yields its last record from the end if the file ends with a record', () => {
    const [one, two] = recordsOf(IMAGES);
    assert.ok(one && two);
    assert.equal(last(one)?.index, 0);
    assert.equal(last(one, two)?.index, 1);
    assert.equal(last(one, two.subarray(0, -1)), undefined);
    assert.equal(last(one, two, Buffer.from('x')), undefined);
    assert.equal(last(), undefined);
    const pointing = (length: number): Buffer => {
      const trailer = Buffer.alloc(4);
      trailer.writeUInt32LE(length);
      return trailer;
    };
    // Points into the middle of a record, before the head, or at a record with a different end.
    assert.equal(last(one, pointing(HEADER_BYTES)), undefined);
    assert.equal(last(one, pointing(2 ** 31)), undefined);
    assert.equal(last(one, pointing(one.length + 4)), undefined);
    writeFileSync(path(), 'abc');
    assert.equal(withSegment(path(), nodeFileSystem, lastRecord), undefined);
    assert.equal(lastIntactRecord(put(one, two, Buffer.from('x')), nodeFileSystem, budget())?.index, 1);
    assert.equal(lastIntactRecord(put(Buffer.from('x')), nodeFileSystem, budget()), undefined);
  });

  it('yields no state whose image, length or payload does not match its header', () => {
    const one = recordOf(IMAGES, 0);
    const isDamaged = (error: unknown): boolean => error instanceof BackupError && error.code === 'backup-damaged';
    const zeros = '0'.repeat(64);
    for (const changes of [
      { sha256: zeros },
      { imageBytes: 9000, sha256: sha256Of(IMAGES[1]?.subarray(0, 9000) ?? Buffer.alloc(0)) },
      { imageBytes: 9002 },
      { payload: Buffer.from('not deflated') },
    ]) {
      const segment = read(one, recordOf(IMAGES, 1, changes));
      assert.equal(segment.records.length, 2);
      assert.deepEqual(rebuildFrom(segment, 0, nodeFileSystem, budget()), IMAGES[0]);
      assert.throws(() => rebuildFrom(segment, 1, nodeFileSystem, budget()), isDamaged);
      assert.throws(() => {
        verifyStates(segment, nodeFileSystem, budget());
      }, isDamaged);
    }
    const flipped = recordOf(IMAGES, 1);
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 5) ^ 1, flipped.length - 5);
    const segment = read(one, flipped);
    assert.throws(() => rebuildFrom(segment, 1, nodeFileSystem, budget()), isDamaged);
    assert.throws(() => rebuildFrom(segment, 2, nodeFileSystem, budget()), isDamaged);
  });

  it('verifies a middle state by its own checksum, even if later ones are intact', () => {
    const segment = read(recordOf(IMAGES, 0, { sha256: '0'.repeat(64) }), recordOf(IMAGES, 1));
    assert.deepEqual(rebuildFrom(segment, 1, nodeFileSystem, budget()), IMAGES[1]);
    assert.throws(() => {
      verifyStates(segment, nodeFileSystem, budget());
    }, /has changed/);
  });

  it('is missing or damaged if it is not a regular file, and is always closed', () => {
    const code = (error: unknown): string => (error instanceof BackupError ? error.code : String(error));
    const codeOf = (work: () => unknown): string => {
      try {
        work();
        return 'none';
      } catch (error) {
        return code(error);
      }
    };
    mkdirSync(folder.join('folder'));
    const counted = countOpenFiles();
    const { files } = counted;
    assert.equal(
      codeOf(() => readSegment(folder.join('none.fbh'), files)),
      'backup-not-found',
    );
    assert.equal(
      codeOf(() => readSegment(folder.join('folder'), files)),
      'backup-damaged',
    );
    put(...recordsOf(IMAGES));
    readSegment(path(), files);
    const failing = (): never => {
      throw new Error('of the caller');
    };
    assert.throws(() => withSegment(path(), files, failing), /of the caller/);
    assert.equal(counted.open, 0);
  });

  it('can be read if the system returns fewer bytes than requested', () => {
    const short = ((descriptor: number, bytes: Buffer, offset: number, length: number, position: number) =>
      nodeFileSystem.readSync(descriptor, bytes, offset, Math.min(length, 100), position)) as FileSystem['readSync'];
    put(...recordsOf(IMAGES));
    assert.equal(readSegment(path(), { ...nodeFileSystem, readSync: short }).records.length, IMAGES.length);
  });
});

describe('history record', () => {
  const written = recordOf(IMAGES, 1);
  const metadataBytes = deflateRawSync(Buffer.from('metadata of 1')).length;
  const isIntact = (bytes: Buffer): boolean => isHeaderIntact(bytes.subarray(0, HEADER_BYTES + metadataBytes));

  it('has a header in which every changed bit is detected', () => {
    assert.ok(isIntact(written));
    for (let bit = 0; bit < (HEADER_BYTES + metadataBytes) * 8; bit += 1) {
      const flipped = Buffer.from(written);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(isIntact(flipped), false, `bit ${bit.toString()}`);
    }
  });

  it('has its own length, from its header and in its last bytes', () => {
    const header = decodeHeader(written);
    assert.ok(header);
    assert.equal(recordBytes(header), written.length);
    assert.equal(written.readUInt32LE(written.length - 4), written.length);
  });

  it('is rejected without its marker or a known kind, and if it is too large', () => {
    const changed = (change: (bytes: Buffer) => void): boolean => {
      const bytes = Buffer.from(written);
      change(bytes);
      return decodeHeader(bytes) !== undefined;
    };
    assert.equal(decodeHeader(written.subarray(0, HEADER_BYTES - 1)), undefined);
    assert.equal(
      changed((bytes) => bytes.write('FBR2', 0, 'latin1')),
      false,
    );
    assert.equal(
      changed((bytes) => bytes.writeUInt8(2, 4)),
      false,
    );
    for (const [at, largest] of [
      [8, MAX_METADATA_BYTES],
      [16, MAX_IMAGE_BYTES],
    ] as const) {
      assert.equal(
        changed((bytes) => bytes.writeUInt32LE(largest, at)),
        true,
      );
      assert.equal(
        changed((bytes) => bytes.writeUInt32LE(largest + 1, at)),
        false,
      );
    }
    assert.equal(
      changed((bytes) => bytes.writeUInt16LE(MAX_STATES - 1, 6)),
      true,
    );
    assert.equal(
      changed((bytes) => bytes.writeUInt16LE(MAX_STATES, 6)),
      false,
    );
    assert.deepEqual(
      [MAX_METADATA_BYTES, MAX_IMAGE_BYTES, MAX_RECORD_BYTES].map((bytes) => bytes / KIB / KIB),
      [2, 256, 259],
    );
  });
});

describe('difference of two images', () => {
  it('turns each into the other, whatever their lengths and alignments', () => {
    const memory = Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 37) % 256));
    for (const [oneAt, otherAt] of [
      [0, 0],
      [4, 8],
      [1, 0],
      [0, 3],
      [1, 1],
    ] as const) {
      for (const length of [0, 1, 3, 4, 7, 40]) {
        const one = Buffer.from(memory).subarray(oneAt, oneAt + length);
        const other = Buffer.from(memory).subarray(100 + otherAt, 100 + otherAt + 20);
        const longest = Math.max(one.length, other.length);
        const difference = padWithZeros(one, other.length);
        xorInto(difference, other);
        const expected = Array.from({ length: longest }, (_, index) => (one[index] ?? 0) ^ (other[index] ?? 0));
        assert.deepEqual([...difference], expected);
        xorInto(difference, padWithZeros(one, longest));
        assert.deepEqual(difference, padWithZeros(other, longest));
      }
    }
  });

  it('changes neither its source nor the memory after it', () => {
    const image = Buffer.from('abc');
    assert.deepEqual([padWithZeros(image, 6), padWithZeros(image, 1)], [Buffer.from('abc\0\0\0'), image]);
    const memory = Buffer.alloc(16, 7);
    xorInto(memory.subarray(4, 10), Buffer.alloc(16, 1));
    assert.deepEqual([...memory], [7, 7, 7, 7, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7]);
  });
});

describe('name of a segment', () => {
  const folder = useTemporaryFolder();

  it('contains a number and the time at which the segment was begun', () => {
    const path = segmentPath('/store', 7, new Date(Date.UTC(2026, 0, 25, 13, 46, 0, 900)));
    assert.equal(basename(path), 'history-000007-20260125-134600.fbh');
    assert.equal(segmentNumber(basename(path)), 7);
    assert.equal(segmentNumber('history-1234567-20260125-134600.fbh'), 1_234_567);
    for (const name of [
      'history-00007-20260125-134600.fbh',
      'history-1234567890123-20260125-134600.fbh',
      'history-00000x-20260125-134600.fbh',
      'history-000007-2026012-134600.fbh',
      'history-000007-20260125-13460.fbh',
      'history-000007-20260125-134600.fbh.old',
      'my-history-000007-20260125-134600.fbh',
      'history-000007-20260125-134600xfbh',
    ]) {
      assert.equal(segmentNumber(name), undefined, name);
    }
  });

  it('sorts the segments, and only regular files count', () => {
    const names = ['000010-20260125-000000', '000009-20260126-000000', '000010-20260124-000000'].map(
      (part) => `history-${part}.fbh`,
    );
    for (const [index, name] of names.entries()) writeFileSync(folder.join(name), 'x'.repeat(index));
    mkdirSync(folder.join('history-000001-20260125-000000.fbh'));
    symlinkSync(names[0] ?? '', folder.join('history-000002-20260125-000000.fbh'));
    const all = [...readdirSync(folder.path), 'history-000003-20260125-000000.fbh', 'notes.txt'];
    for (const listed of [all, all.toReversed()]) {
      const segments = segmentsAmong(folder.path, listed, nodeFileSystem);
      assert.deepEqual(
        segments.map(({ path, number, sizeBytes }) => [basename(path), number, sizeBytes]),
        [
          [names[1], 9, 1],
          [names[2], 10, 2],
          [names[0], 10, 0],
        ],
      );
    }
  });

  it('has a higher number than all others, except for one that no history reaches', () => {
    const numbered = (...numbers: number[]): number =>
      nextSegmentNumber(numbers.map((number) => ({ path: '', number, sizeBytes: 0 })));
    assert.deepEqual([numbered(), numbered(3, 9, 4), numbered(5, 10 ** 9 + 1)], [1, 10, 6]);
    assert.deepEqual([numbered(10 ** 9 - 1), numbered(10 ** 9)], [10 ** 9, 10 ** 9]);
  });
});

describe('metadata of a state', () => {
  const { metadata } = listedBackup('features_598_20260125-144600_manual');

  it('is stored with its id, compressed with the segment’s first metadata as dictionary', () => {
    assert.ok(metadata);
    const first = metadataText('features_598_20260125-144600_manual', metadata);
    const second = metadataText('features_598_20260125-144700_manual', metadata);
    const alone = deflateMetadata(second, undefined);
    const deflated = deflateMetadata(second, first);
    assert.ok(deflated.length < alone.length / 2);
    assert.equal(inflateMetadata(deflated, first), second);
    assert.equal(inflateMetadata(alone, undefined), second);
    assert.equal(inflateMetadata(Buffer.from('nonsense'), undefined), undefined);
    const parsed = parseStateMetadata(second);
    assert.equal(parsed?.id, 'features_598_20260125-144700_manual');
    assert.equal(parsed.metadata.sha256, undefined);
    assert.equal(parsed.metadata.featureCount, 598);
  });

  it('is rejected if its id cannot be the name of a backup', () => {
    const parsed = (id: string): string | undefined => parseStateMetadata(`${id}\n{"reason":"x"}`)?.id;
    assert.equal(parsed('"features_a"'), 'features_a');
    assert.equal(parsed(`"features_${'x'.repeat(240)}"`)?.length, 249);
    for (const id of [
      '',
      '7',
      'null',
      '"features_"',
      '"other_a"',
      '"a/features_b"',
      '"features_a/b"',
      '"features_a\\\\b"',
    ]) {
      assert.equal(parsed(id), undefined, id);
    }
    assert.equal(parsed(`"features_${'x'.repeat(241)}"`), undefined);
    assert.equal(parsed('"features_\\u0000"'), undefined);
    assert.equal(parseStateMetadata('{"reason":"x"}'), undefined);
    assert.equal(parseStateMetadata('"features_a"\nno json'), undefined);
  });
});

describe('base image', () => {
  const folder = useTemporaryFolder();
  const image = Buffer.from('image');
  const header = { imageBytes: image.length, sha256: sha256Of(image) };
  const base = (): string => folder.join('.history-base');
  const fails = (): never => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };

  it('is used only if it matches the state and is a regular file, which is closed again', () => {
    const counted = countOpenFiles();
    const { files } = counted;
    assert.equal(readBase(base(), header, files), undefined);
    for (const content of ['imagf', 'imag', 'images']) {
      writeFileSync(base(), content);
      assert.equal(readBase(base(), header, files), undefined, content);
    }
    writeFileSync(base(), image);
    assert.deepEqual(readBase(base(), header, files), image);
    assert.equal(readBase(base(), header, { ...files, readSync: fails }), undefined);
    symlinkSync(base(), folder.join('link'));
    assert.equal(readBase(folder.join('link'), header, files), undefined);
    mkdirSync(folder.join('folder'));
    assert.equal(
      readBase(folder.join('folder'), { ...header, imageBytes: statSync(folder.join('folder')).size }, files),
      undefined,
    );
    assert.equal(counted.open, 0);
  });

  it('is private, replaces the previous one, and leaves no file if it cannot be written', () => {
    writeFileSync(base(), 'the last one');
    writeBase(base(), folder.join('temporary'), image, nodeFileSystem);
    assert.deepEqual([readFileSync(base()), statSync(base()).mode & 0o777], [image, 0o600]);
    writeBase(base(), folder.join('temporary'), Buffer.from('other'), { ...nodeFileSystem, writeSync: fails });
    writeBase(base(), folder.join('temporary'), Buffer.from('other'), { ...nodeFileSystem, renameSync: fails });
    assert.deepEqual([readFileSync(base()), readdirSync(folder.path)], [image, ['.history-base']]);
  });
});

/** The real files, counting their open descriptors. */
function countOpenFiles(): { readonly files: FileSystem; readonly open: number } {
  let open = 0;
  const files: FileSystem = {
    ...nodeFileSystem,
    openSync: (...args) => {
      const descriptor = nodeFileSystem.openSync(...args);
      open += 1;
      return descriptor;
    },
    closeSync: (descriptor) => {
      nodeFileSystem.closeSync(descriptor);
      open -= 1;
    },
  };
  return {
    files,
    get open() {
      return open;
    },
  };
}
