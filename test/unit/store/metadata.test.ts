import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import nodeFileSystem, { renameSync, rmSync, symlinkSync, writeFileSync, type BigIntStats } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatMetadata } from '../../../core/store/metadata.js';
import { metadataFromListing, readMetadata } from '../../../core/store/metadataFile.js';
import { parseMetadata } from '../../../core/store/parseMetadata.js';
import type { BackupMetadata } from '../../../core/store/backup.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { portsThatRefuse, READ_ERRORS } from '../../support/failingReads.js';
import { FULL_METADATA } from '../../support/fullMetadata.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** Longer than the age below which a file is not cached. */
const SETTLING_MS = 100;

const FULL: BackupMetadata = { ...FULL_METADATA, unknown: { future: { nested: [1, 2] }, __proto__: null } };

describe('metadata', () => {
  const folder = useTemporaryFolder();

  it('is unchanged after writing and reading', () => {
    const back = parseMetadata(formatMetadata(FULL));
    assert.deepEqual(back, { ...FULL, unknown: { future: { nested: [1, 2] } } });
  });

  it('begins with the six keys of the original tool', () => {
    const keys = Object.keys(JSON.parse(formatMetadata(FULL)) as object);
    assert.deepEqual(keys.slice(0, 6), [
      'timestamp',
      'reason',
      'feature_count',
      'original_file',
      'original_size',
      'backup_size',
    ]);
  });

  it("preserves unknown keys, even one named '__proto__'", () => {
    const parsed = parseMetadata('{"timestamp":"x","__proto__":{"polluted":true},"later":1}');
    assert.ok(parsed);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    const written = JSON.parse(formatMetadata(parsed)) as Record<string, unknown>;
    assert.equal(written.later, 1);
    assert.ok(Object.keys(written).includes('__proto__'));
  });

  it('drops values of the wrong type and never throws', () => {
    const hostile = fc.dictionary(
      fc.constantFrom(...Object.keys(JSON.parse(formatMetadata(FULL)) as object)),
      fc.json(),
    );
    fc.assert(
      fc.property(hostile, (values) => {
        const text = `{${Object.entries(values)
          .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
          .join()}}`;
        const parsed = parseMetadata(text);
        assert.ok(parsed);
        assert.ok(parsed.featureCount === undefined || Number.isSafeInteger(parsed.featureCount));
        assert.equal(typeof parsed.pinned, 'boolean');
        assert.deepEqual(parseMetadata(formatMetadata(parsed)), parsed);
      }),
    );
  });

  it('has no fingerprint if a part of it is missing', () => {
    const written = JSON.parse(formatMetadata(FULL)) as { state: Record<string, unknown> };
    for (const key of Object.keys(written.state)) {
      const rest = Object.fromEntries(Object.entries(written.state).filter(([name]) => name !== key));
      assert.equal(parseMetadata(JSON.stringify({ ...written, state: rest }))?.state, undefined, key);
    }
  });

  it('is read once, and again after it is replaced or edited in place', async () => {
    const path = folder.join('x.json');
    let reads = 0;
    const files = interferingFiles(({ name }) => {
      if (name === 'open') reads += 1;
    });
    const reason = (): string | undefined => readMetadata(path, files).metadata?.reason;
    writeFileSync(path, JSON.stringify({ reason: 'one' }));
    // Old enough for the file system's clock to distinguish the next change.
    await pause(SETTLING_MS);
    assert.deepEqual([reason(), reason(), reason()], ['one', 'one', 'one']);
    assert.equal(reads, 1);

    writeFileSync(path, JSON.stringify({ reason: 'two' }));
    assert.deepEqual([reason(), reason()], ['two', 'two']);
    writeFileSync(folder.join('y.json'), JSON.stringify({ reason: 'six' }));
    renameSync(folder.join('y.json'), path);
    assert.equal(reason(), 'six');
    rmSync(path);
    assert.equal(reason(), undefined);
  });

  it('of a backup without any contains what its name and file show, and no more', () => {
    const createdAt = new Date('2026-01-25T14:46:00Z');
    const backup = listedBackup('features_598_20260125-144600_manual', {
      createdAt,
      sizeBytes: 7,
      metadata: undefined,
    });
    const { timestamp, ...others } = metadataFromListing(backup);
    assert.equal(new Date(timestamp).getTime(), createdAt.getTime());
    const known = { reason: 'manual', featureCount: 598, backupSizeBytes: 7, events: [], pinned: false, unknown: {} };
    const isKnown = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
    assert.deepEqual(Object.fromEntries(Object.entries(others).filter(isKnown)), known);
    assert.equal(metadataFromListing({ ...backup, compressed: true }).backupSizeBytes, undefined);
  });

  it('is not reported as unreadable after a programming error', () => {
    const files = interferingFiles(() => {
      throw new TypeError('a bug');
    });
    assert.throws(() => readMetadata(folder.join('x.json'), files), TypeError);
  });

  it('is read again if the file system stores times in whole seconds', () => {
    const path = folder.join('x.json');
    const wholeSecond = (timeNs: bigint): bigint => timeNs - (timeNs % 1_000_000_000n);
    const inWholeSeconds = (stats: BigIntStats): BigIntStats =>
      Object.assign(stats, { mtimeNs: wholeSecond(stats.mtimeNs), ctimeNs: wholeSecond(stats.ctimeNs) });
    const files = {
      ...nodeFileSystem,
      lstatSync: (name: string) => inWholeSeconds(nodeFileSystem.lstatSync(name, { bigint: true })),
      fstatSync: (descriptor: number) => inWholeSeconds(nodeFileSystem.fstatSync(descriptor, { bigint: true })),
    } as unknown as FileSystem;
    for (let turn = 0; turn < 20; turn += 1) {
      writeFileSync(path, JSON.stringify({ reason: `turn ${String(turn % 10)}` }));
      const { metadata } = readMetadata(path, files);
      assert.equal(metadata?.reason, `turn ${String(turn % 10)}`);
    }
  });

  it('is unknown, not missing, if the file is not a JSON object, too large, a link, a pipe or a folder', function () {
    const path = folder.join('x.json');
    const problemAt = (at: string) => {
      const { metadata, problem } = readMetadata(at, nodeFileSystem);
      assert.equal(metadata, undefined);
      assert.equal(problem?.path, at);
      return [problem.kind, problem.reason];
    };
    assert.deepEqual(readMetadata(path, nodeFileSystem), {});
    for (const text of ['', '{', '[]', 'null', '"text"', '\0\0']) {
      writeFileSync(path, text);
      assert.deepEqual(problemAt(path), ['damaged', 'it is not a JSON object'], text);
    }
    writeFileSync(path, JSON.stringify({ timestamp: 'x'.repeat(1024 * 1024) }));
    assert.deepEqual(problemAt(path), ['damaged', 'it is too large']);
    writeFileSync(path, JSON.stringify({ timestamp: 'x'.repeat(100_000) }));
    assert.equal(readMetadata(path, nodeFileSystem).metadata?.timestamp.length, 100_000);

    symlinkSync(path, folder.join('link.json'));
    assert.deepEqual(problemAt(folder.join('link.json')), ['damaged', 'it is a link']);
    assert.deepEqual(problemAt(folder.path), ['damaged', 'it is not a regular file']);
    if (process.platform === 'win32') this.skip();
    execFileSync('mkfifo', [folder.join('pipe.json')]);
    assert.deepEqual(problemAt(folder.join('pipe.json')), ['damaged', 'it is not a regular file']);
  });

  for (const code of READ_ERRORS) {
    it(`is unknown, and read again the next time, if reading fails with ${code}`, async () => {
      const path = folder.join('x.json');
      writeFileSync(path, JSON.stringify({ reason: 'kept', pinned: true }));
      await pause(SETTLING_MS);
      const { files } = portsThatRefuse(code, ({ turn }) => turn === 1);
      const { metadata, problem } = readMetadata(path, files);
      assert.equal(metadata, undefined);
      assert.equal(problem?.kind, 'unreadable');
      assert.match(problem.reason, new RegExp(code));
      assert.equal(readMetadata(path, files).metadata?.pinned, true);
    });
  }
});
