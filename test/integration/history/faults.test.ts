import assert from 'node:assert/strict';
import nodeFileSystem, {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, it } from 'mocha';
import { isArchivable } from '../../../core/history/archiveBackups.js';
import { historySummary, listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import { readSegment, withSegment } from '../../../core/history/readSegment.js';
import { readComparisonSide, selectState } from '../../../core/vault/selectState.js';
import { encodeRecord, SEGMENT_HEAD } from '../../../core/history/segmentFormat.js';
import { findBackupAt } from '../../../core/vault/selectFromHistory.js';
import { deflateMetadata, metadataText } from '../../../core/history/stateMetadata.js';
import { verifyHistory } from '../../../core/history/verifyHistory.js';
import { padWithZeros, xorInto } from '../../../core/history/xorImages.js';
import type { Project } from '../../../core/project/project.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { sha256Of } from '../../../core/system/files/sha256.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { listedBackup } from '../../support/listedBackup.js';
import { backUpNewState, projectWithBackups } from '../../support/replication/copies.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MIB = 1024 * 1024;

describe('history with faults', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let made: readonly Backup[];
  const keeping = (keepLast: number, maxBytes = 64 * MIB): Project => {
    const policy = { keepLast, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };
    const { configuration } = project;
    const retention = { ...configuration.retention, ...policy };
    return { ...project, configuration: { ...configuration, retention, history: { maxBytes } } };
  };
  const archiveDownTo = async (keepLast: number, ports: Ports = realPorts()) => await cleanUp(keeping(keepLast), ports);
  const backups = (): readonly Backup[] => readCatalog(project, realPorts()).backups;
  const segments = (): readonly string[] =>
    readdirSync(project.storePath)
      .filter((name) => name.endsWith('.fbh'))
      .sort()
      .map((name) => join(project.storePath, name));
  const states = (ports: Ports = realPorts()): readonly string[] =>
    listHistory(project, ports).states.map(({ id }) => id);
  /** A second segment, as after a full first one. */
  const addSegment = (): void => {
    const [first = ''] = segments();
    copyFileSync(first, first.replace('history-000001', 'history-000002'));
  };

  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 4);
    made = backups().toReversed();
  });

  describe('verification', () => {
    const verify = (ports: Ports = realPorts()) => verifyHistory(project, ports);
    const summaryOf = ({ stateCount, problems }: ReturnType<typeof verify>): unknown => [
      stateCount,
      problems.map(({ code }) => code),
    ];

    it('checks every state and reports progress', async () => {
      const empty = testProject(folder.join('none'));
      assert.deepEqual(verifyHistory(empty, realPorts()), { stateCount: 0, problems: [] });
      assert.deepEqual(summaryOf(verify()), [0, []]);
      await archiveDownTo(1);
      addSegment();
      const steps: unknown[] = [];
      const onProgress = (...step: unknown[]): void => void steps.push(step);
      assert.deepEqual(summaryOf(verify({ ...realPorts(), onProgress })), [6, []]);
      assert.deepEqual(steps, [
        ['verifying the history', 0],
        ['verifying the history', 0.5],
      ]);
      assert.deepEqual(summaryOf(verify()), [6, []]);
    });

    it('reports a damaged segment with its lost states, and verifies the others', async () => {
      await archiveDownTo(1);
      addSegment();
      const [first = ''] = segments();
      const bytes = readFileSync(first);
      const last = readSegment(first, nodeFileSystem).records.at(-1);
      assert.ok(last);
      // In the last payload: its header is still intact.
      writeFileSync(first, Buffer.from(bytes).fill(0xff, bytes.length - 8, bytes.length - 5));
      const { problems, ...rest } = verify();
      assert.deepEqual([summaryOf({ problems, ...rest }), problems[0]?.path], [[6, ['backup-damaged']], first]);
      // A header in the middle: the records after it are lost.
      const second = readSegment(segments()[1] ?? '', nodeFileSystem).records[1];
      assert.ok(second);
      writeFileSync(first, Buffer.from(bytes).fill(0xff, second.position + 40, second.position + 44));
      const broken = verify();
      assert.deepEqual(summaryOf(broken), [4, ['backup-damaged']]);
      assert.match(broken.problems[0]?.message ?? '', new RegExp(`byte ${second.position.toString()} is lost`));
    });

    it('reports an unreadable segment, but not one that was deleted meanwhile', async () => {
      await archiveDownTo(1);
      addSegment();
      const [first = ''] = segments();
      const refusing = (code: string): Ports => ({
        ...realPorts(),
        files: interferingFiles(({ name, path }) => {
          if (name === 'open' && path === first) throw systemError(code);
        }),
      });
      assert.deepEqual(summaryOf(verify(refusing('EACCES'))), [3, ['permission-denied']]);
      assert.deepEqual(summaryOf(verify(refusing('ENOENT'))), [3, []]);
    });

    it('may take half an hour', async () => {
      await archiveDownTo(1);
      const times = [0];
      const system = { ...realSystem, monotonicMs: () => times.shift() ?? 30 * 60_000 };
      assert.deepEqual(summaryOf(verify({ ...realPorts(), system })), [3, []]);
    });

    it('stops when its time is up, and reports that once', async () => {
      await archiveDownTo(1);
      addSegment();
      let ms = 0;
      const system = { ...realSystem, monotonicMs: () => (ms += 31 * 60_000) };
      assert.deepEqual(summaryOf(verify({ ...realPorts(), system })), [0, ['time-limit']]);
    });
  });

  /** As backups of a tool that records no checksum. */
  const dropChecksums = (some: readonly Backup[]): void => {
    for (const { path } of some) {
      const metadataPath = path.replace(/db$/, 'json');
      const { sha256, ...others } = JSON.parse(readFileSync(metadataPath, 'utf8')) as Record<string, unknown>;
      assert.ok(sha256 !== undefined);
      writeFileSync(metadataPath, JSON.stringify(others));
    }
  };

  it('receives every backup with a checksum, even if others are only deleted', async () => {
    dropChecksums(made.slice(1, 2));
    const { removed, problem } = await archiveDownTo(1);
    assert.deepEqual([removed.length, problem], [3, undefined]);
    assert.deepEqual(states(), [made[2]?.id, made[0]?.id]);
  });

  it('is not read to delete backups without a checksum', async () => {
    await archiveDownTo(3);
    dropChecksums(made.slice(1, 3));
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path.endsWith('.fbh')) throw systemError('EACCES');
    });
    const { removed, problem } = await archiveDownTo(1, { ...realPorts(), files });
    assert.deepEqual([removed.length, problem], [2, undefined]);
    assert.deepEqual(states(), [made[0]?.id]);
  });

  it('is listed until its time is up, and reports that once', async () => {
    await archiveDownTo(1);
    addSegment();
    let ms = 0;
    const system = { ...realSystem, monotonicMs: () => (ms += 61_000) };
    const { states: listed, problems, sizeBytes } = listHistory(project, { ...realPorts(), system });
    assert.deepEqual([listed, problems.map(({ code }) => code)], [[], ['time-limit']]);
    assert.equal(sizeBytes, 2 * statSync(segments()[0] ?? '').size, 'all of it counts');
    const summary = historySummary(project, { ...realPorts(), system });
    assert.deepEqual([summary.stateCount, summary.unreadableCount, summary.oldest], [0, 2, undefined]);
    assert.equal(historySummary(project, realPorts()).stateCount, 6);
    assert.equal(historySummary(project, realPorts()).unreadableCount, undefined);
  });

  it('lists a state once, even if it is also a backup or was archived twice', async () => {
    const [first] = made;
    assert.ok(first);
    const image = readFileSync(first.path);
    const metadata = readFileSync(first.path.replace(/db$/, 'json'));
    await archiveDownTo(1);
    addSegment();
    assert.deepEqual(states().length, 3);
    writeFileSync(first.path, image);
    writeFileSync(first.path.replace(/db$/, 'json'), metadata);
    assert.deepEqual(states().length, 2);
    // A compressed backup, and one with metadata of another state, which then gets its own name.
    writeFileSync(`${first.path}.gz`, gzipSync(image));
    rmSync(first.path);
    assert.deepEqual(states().length, 2);
    const { sha256 } = first.metadata ?? {};
    assert.ok(sha256);
    writeFileSync(first.path.replace(/db$/, 'json'), metadata.toString().replace(sha256, 'f'.repeat(64)));
    const numbered = states().find((id) => !made.some((backup) => backup.id === id));
    assert.equal(
      numbered,
      first.id.replace(/^(features_\d+_\d{8}-\d{6}(?:-\d+)?)_/, (start) => {
        const [, base = ''] = /^(features_\d+_\d{8}-\d{6})/.exec(start) ?? [];
        return `${base}-2_`;
      }),
    );
    assert.equal(states().length, 3);
  });

  it('has the image of its last state, even if the backup was compressed', async () => {
    const [first] = made;
    assert.ok(first);
    const image = readFileSync(first.path);
    writeFileSync(`${first.path}.gz`, gzipSync(image));
    rmSync(first.path);
    const { removed, problem } = await archiveDownTo(3);
    assert.deepEqual([removed.map(({ id }) => id), problem], [[first.id], undefined]);
    const base = join(project.storePath, '.history-base');
    assert.deepEqual(readFileSync(base), image);
    assert.equal(statSync(base).mode & 0o777, 0o600);
    assert.deepEqual(
      readdirSync(project.storePath).filter((name) => name.startsWith('.tmp-')),
      [],
    );
  });

  it('archives no backup that cannot be read completely', async () => {
    await archiveDownTo(3);
    const [segment = ''] = segments();
    const before = readFileSync(segment);
    const paths = new Map<number, string>();
    const corruptingPorts = (damage: (bytes: Buffer, got: number) => number): Ports => {
      let isWritten = false;
      const files: FileSystem = {
        ...nodeFileSystem,
        openSync: (path, ...rest) => {
          const descriptor = nodeFileSystem.openSync(path, ...rest);
          paths.set(descriptor, String(path));
          return descriptor;
        },
        writeSync: ((descriptor: number, ...rest: [Buffer, number, number, number]) => {
          isWritten ||= paths.get(descriptor) === segment;
          return nodeFileSystem.writeSync(descriptor, ...rest);
        }) as FileSystem['writeSync'],
        readSync: ((descriptor: number, bytes: Buffer, ...rest: [number, number, number]) => {
          const got = nodeFileSystem.readSync(descriptor, bytes, ...rest);
          return isWritten && paths.get(descriptor) === segment ? damage(bytes, got) : got;
        }) as FileSystem['readSync'],
      };
      return { ...realPorts(), files };
    };
    const flipped = corruptingPorts((bytes, got) => {
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      return got;
    });
    for (const ports of [flipped, corruptingPorts((_, got) => got - 1)]) {
      const { removed, problem } = await archiveDownTo(2, ports);
      assert.deepEqual([removed, problem?.code, problem?.path], [[], 'io', segment]);
      assert.deepEqual(readFileSync(segment), before, 'what was written has been taken back');
    }
    assert.equal(backups().length, 3);
    assert.deepEqual((await archiveDownTo(2)).problem, undefined);
    assert.equal(states().length, 2);
  });

  it('releases its space on a full disk, and continues in the same segment afterwards', async () => {
    await archiveDownTo(3);
    const [segment = ''] = segments();
    const before = readFileSync(segment);
    const paths = new Map<number, string>();
    const files: FileSystem = {
      ...nodeFileSystem,
      openSync: (path, ...rest) => {
        const descriptor = nodeFileSystem.openSync(path, ...rest);
        paths.set(descriptor, String(path));
        return descriptor;
      },
      writeSync: ((descriptor: number, bytes: Buffer, offset: number, length: number, position: number) => {
        if (paths.get(descriptor) !== segment)
          return nodeFileSystem.writeSync(descriptor, bytes, offset, length, position);
        if (length <= 100) throw systemError('ENOSPC');
        return nodeFileSystem.writeSync(descriptor, bytes, offset, length - 100, position);
      }) as FileSystem['writeSync'],
    };
    const { removed, problem } = await archiveDownTo(2, { ...realPorts(), files });
    assert.deepEqual([removed, problem?.code], [[], 'disk-full']);
    assert.deepEqual(readFileSync(segment), before);
    await archiveDownTo(1);
    assert.deepEqual([segments().length, states().length], [1, 3]);
  });

  it('neither archives nor drops a backup that cannot be read at the moment', async () => {
    const [first] = made;
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === first?.path) throw systemError('EIO');
    });
    const { removed, problem } = await archiveDownTo(1, { ...realPorts(), files });
    assert.deepEqual([removed, problem?.code], [[], 'io']);
    assert.equal(backups().length, 4);
    assert.deepEqual(segments(), []);
  });

  it('reports the progress of archiving', async () => {
    const steps: unknown[] = [];
    await archiveDownTo(1, { ...realPorts(), onProgress: (...step) => steps.push(step) });
    assert.deepEqual(
      steps,
      made.slice(0, 3).map(({ id }, index) => [`archiving ${id}`, index / 3]),
    );
  });

  it('detects a changed payload by its checksum, and stops where a file becomes shorter', async () => {
    await archiveDownTo(1);
    const [segment = ''] = segments();
    const { records } = readSegment(segment, nodeFileSystem);
    const [one] = records;
    assert.ok(one);
    withSegment(segment, nodeFileSystem, (file) => {
      assert.equal(file.payload(one).length, one.payloadBytes);
    });
    const bytes = readFileSync(segment);
    writeFileSync(
      segment,
      Buffer.from(bytes).fill(0, one.position + 68 + one.metadataBytes + 3, one.position + 68 + one.metadataBytes + 5),
    );
    const damaged = { code: 'backup-damaged', path: segment };
    assert.throws(() => withSegment(segment, nodeFileSystem, (file) => file.payload(one)), damaged);
    writeFileSync(segment, bytes);
    withSegment(segment, nodeFileSystem, (file) => {
      truncateSync(segment, one.position + 100);
      assert.equal(file.read(one.position, 1000).length, 100);
      assert.throws(() => file.payload(one), damaged);
    });
  });

  it('is searched if no backup matches, but not for latest and last-good', async () => {
    const [first] = made;
    assert.ok(first);
    await archiveDownTo(1);
    assert.equal(selectState(project, first.id, realPorts()).id, first.id);
    assert.equal(selectState(project, made[3]?.id ?? '', realPorts()).history, undefined);
    const empty = testProject(folder.join('none'));
    for (const selector of ['latest', 'last-good', 'features_77'])
      assert.throws(() => selectState(empty, selector, realPorts()), { code: 'backup-not-found' });
    for (const { path } of backups()) for (const ending of ['db', 'json']) rmSync(path.replace(/db$/, ending));
    for (const selector of ['latest', 'last-good'])
      assert.throws(() => selectState(project, selector, realPorts()), { code: 'backup-not-found' });
    assert.throws(() => selectState(project, '../x', realPorts()), { code: 'unsafe-name' });
  });

  it('starts a new segment if the newest state could no longer be restored', async () => {
    await archiveDownTo(3);
    const [segment = ''] = segments();
    const bytes = readFileSync(segment);
    writeFileSync(segment, Buffer.from(bytes).fill(0xff, bytes.length - 8, bytes.length - 5));
    rmSync(join(project.storePath, '.history-base'));
    assert.equal((await archiveDownTo(2)).problem, undefined);
    assert.equal(segments().length, 2);
    assert.deepEqual(states(), [made[1]?.id, made[0]?.id]);
  });

  it('starts a new segment after one that ends in an incomplete record', async () => {
    await archiveDownTo(2);
    const [segment = ''] = segments();
    const bytes = readFileSync(segment);
    writeFileSync(segment, bytes.subarray(0, -3));
    assert.equal((await archiveDownTo(1)).problem, undefined);
    assert.equal(segments().length, 2);
    assert.deepEqual(readFileSync(segment), bytes.subarray(0, -3));
    assert.deepEqual(states(), [made[2]?.id, made[0]?.id]);
  });

  it('lists its states with the counts of their backups', async () => {
    const [first] = made;
    assert.ok(first?.counts.total !== undefined && first.counts.passing !== undefined);
    await archiveDownTo(1);
    const state = listHistory(project, realPorts()).states.find(({ id }) => id === first.id);
    assert.deepEqual(state?.counts, first.counts);
  });

  it('gives each of several states with the same unusual name its own name', () => {
    const images = ['one', 'two', 'three'].map((text) => Buffer.from(text));
    const metadata = made[0]?.metadata;
    assert.ok(metadata);
    const name = 'features_odd';
    const first = metadataText(name, metadata);
    const records = images.map((image, index) => {
      const before = images[index - 1] ?? Buffer.alloc(0);
      const difference = padWithZeros(before, image.length);
      xorInto(difference, image);
      return encodeRecord({
        ...{
          kind: index === 0 ? 'full' : 'xor',
          index,
          imageBytes: image.length,
          oldestMs: 0,
          sha256: sha256Of(image),
        },
        metadata: deflateMetadata(first, index === 0 ? undefined : first),
        payload: deflateRawSync(difference),
      });
    });
    writeFileSync(
      join(project.storePath, 'history-000001-20260125-120000.fbh'),
      Buffer.concat([SEGMENT_HEAD, ...records]),
    );
    assert.deepEqual([...states()].sort(), [name, `${name}-2`, `${name}-3`]);
    for (const [index, id] of [name, `${name}-2`, `${name}-3`].entries())
      assert.deepEqual(readBackupImage(selectState(project, id, realPorts()), realPorts()), images[index]);
  });

  it('is compared by the names of its states, and the live database as live', async () => {
    const [first] = made;
    assert.ok(first);
    const stateFeatures = await readComparisonSide(project, first, realPorts());
    assert.deepEqual([stateFeatures.name, stateFeatures.features.length], [first.id, 12]);
    const live = await readComparisonSide(project, undefined, realPorts());
    assert.deepEqual([live.name, live.features.length], ['live', 12]);
  });

  it('reports the time for which it has no state, to the second', () => {
    assert.throws(() => findBackupAt(project, new Date(0), realPorts()), {
      code: 'backup-not-found',
      message: /from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d or earlier$/,
    });
  });

  it('starts a new segment, without a message, if the last one cannot be written', async () => {
    await archiveDownTo(3);
    const [segment = ''] = segments();
    writeFileSync(segment, 'no segment');
    await archiveDownTo(2);
    assert.equal(segments().length, 2);
    assert.deepEqual(states(), [made[1]?.id]);
    await backUpNewState(project, 7);
    await archiveDownTo(1);
    assert.equal(segments().length, 2);
    assert.ok(existsSync(join(project.storePath, '.history-base')));
  });
});

describe('archivable backup', () => {
  const wouldArchive = (changes: Parameters<typeof listedBackup>[1], maxBytes = 40_000): boolean =>
    isArchivable(listedBackup('features_1_20260125-144600_a', changes), { maxBytes });

  it('is an ordinary one with a checksum that is not known to be damaged', () => {
    assert.equal(wouldArchive({}), true);
    assert.equal(wouldArchive({ kind: 'emergency' }), false);
    assert.equal(wouldArchive({ metadata: undefined }), false);
    assert.equal(wouldArchive({ metadata: { sha256: undefined } }), false);
    const verified = (ok: boolean) => ({ at: '2026-01-25T12:00:00Z', check: 'integrity_check', ok }) as const;
    assert.equal(wouldArchive({ metadata: { verified: verified(false) } }), false);
    assert.equal(wouldArchive({ metadata: { verified: verified(true) } }), true);
    assert.equal(wouldArchive({ metadata: { verified: undefined } }), true);
  });

  it('has at most a quarter of the maximum history size, and fits into memory', () => {
    assert.equal(wouldArchive({ sizeBytes: 10_000 }), true);
    assert.equal(wouldArchive({ sizeBytes: 10_001 }), false);
    const large = 256 * MIB;
    assert.equal(wouldArchive({ sizeBytes: large }, 100 * large), true);
    assert.equal(wouldArchive({ sizeBytes: large + 1 }, 100 * large), false);
    assert.equal(wouldArchive({ compressed: true, sizeBytes: 1, metadata: { backupSizeBytes: 10_001 } }), false);
    assert.equal(wouldArchive({ compressed: true, sizeBytes: 90_000, metadata: { backupSizeBytes: 10_000 } }), true);
    assert.equal(wouldArchive({ compressed: true, sizeBytes: 1, metadata: { backupSizeBytes: undefined } }), false);
  });
});

describe('image of a backup', () => {
  const folder = useTemporaryFolder();
  const read = (changes: Parameters<typeof listedBackup>[1] = {}): Buffer => {
    const path = folder.join(changes.compressed === true ? 'backup.db.gz' : 'backup.db');
    return readBackupImage(listedBackup('features_1_20260125-144600_a', { path, ...changes }), realPorts());
  };
  const damaged =
    (message: RegExp) =>
    (error: unknown): boolean =>
      error instanceof BackupError && error.code === 'backup-damaged' && message.test(error.message);
  const sized = (backupSizeBytes?: number) => ({ metadata: { backupSizeBytes } });

  it('is the file, or the decompressed file, of the recorded length', () => {
    writeFileSync(folder.join('backup.db'), 'image');
    assert.equal(read(sized(5)).toString(), 'image');
    assert.equal(read(sized()).toString(), 'image');
    assert.throws(() => read(sized(4)), damaged(/5 bytes instead of 4/));
    writeFileSync(folder.join('backup.db.gz'), gzipSync('image'));
    const compressed = { compressed: true } as const;
    assert.equal(read({ ...compressed, ...sized(5) }).toString(), 'image');
    assert.equal(read({ ...compressed, metadata: undefined }).toString(), 'image');
    assert.throws(() => read({ ...compressed, ...sized(6) }), damaged(/5 bytes instead of 6/));
    assert.throws(() => read({ ...compressed, ...sized(4) }), damaged(/cannot be decompressed/));
    writeFileSync(folder.join('backup.db.gz'), Buffer.concat([gzipSync('im'), gzipSync('age'), gzipSync('')]));
    assert.equal(read({ ...compressed, metadata: undefined }).toString(), 'image');
    writeFileSync(folder.join('backup.db.gz'), gzipSync('image').subarray(0, 20));
    assert.throws(() => read({ ...compressed, metadata: undefined }), damaged(/cannot be decompressed/));
    for (const noGzip of ['', 'image']) {
      writeFileSync(folder.join('backup.db.gz'), noGzip);
      assert.throws(() => read({ ...compressed, metadata: undefined }), damaged(/cannot be decompressed/));
    }
    assert.throws(() => read({ ...compressed, ...sized(5) }), damaged(/cannot be decompressed/));
  });

  it('is that of the compressed file if it was compressed after listing, or missing', () => {
    writeFileSync(folder.join('backup.db.gz'), gzipSync('image'));
    assert.equal(read(sized(5)).toString(), 'image');
    rmSync(folder.join('backup.db.gz'));
    assert.throws(() => read(sized(5)), { code: 'backup-not-found', path: folder.join('backup.db') });
  });

  it('is damaged if it is empty, except for the raw files of a damaged database', () => {
    writeFileSync(folder.join('backup.db'), '');
    assert.throws(() => read(sized(0)), damaged(/it is empty/));
    assert.equal(read({ content: 'raw', kind: 'emergency', ...sized(0) }).length, 0);
  });
});
