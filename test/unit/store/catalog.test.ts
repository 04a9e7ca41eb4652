import assert from 'node:assert/strict';
import nodeFileSystem, { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { newestFirst, nextSequence, type Backup, type BackupMetadata } from '../../../core/store/backup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { catalogOf, findStoredBackup, newestByName, readStoreNames } from '../../../core/store/catalog.js';
import { formatMetadata } from '../../../core/store/metadata.js';
import { selectBackup } from '../../../core/store/selectBackup.js';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { listedBackup } from '../../support/listedBackup.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('catalog', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  const project = () => testProject(folder.path);
  const catalog = () => readCatalog(project(), ports);
  const put = (name: string, content = 'content'): void => {
    mkdirSync(project().storePath, { recursive: true });
    writeFileSync(join(project().storePath, name), content);
  };
  const putBackup = (id: string, metadata: Partial<BackupMetadata> = {}): void => {
    put(`${id}.db`);
    const listed = listedBackup(id, { metadata: { sha256: undefined, ...metadata } }).metadata;
    assert.ok(listed);
    put(`${id}.json`, formatMetadata(listed));
  };
  const ids = (): string[] => catalog().backups.map((backup) => backup.id);

  it('orders backups by their sequence, time and name, and a backup as equal to itself', () => {
    const made = (id: string, atMs: number, sequence?: number): Backup =>
      listedBackup(id, { createdAt: new Date(atMs), metadata: { sequence } });
    for (const [newer, older] of [
      [made('a', 1, 9), made('b', 2, 8)],
      [made('a', 9), made('b', 2, 8)],
      [made('a', 2, 8), made('b', 1, 8)],
      [made('b', 1, 8), made('a', 1, 8)],
    ] as const) {
      assert.ok(newestFirst(newer, older) < 0);
      assert.ok(newestFirst(older, newer) > 0);
      assert.equal(newestFirst(newer, { ...newer }), 0);
    }
  });

  it('is empty if no store exists', () => {
    assert.deepEqual(catalog().backups, []);
    assert.equal(catalog().newest, undefined);
  });

  it('lists a backup without metadata from its name', () => {
    put('features_598_20260125-144600_manual.db');
    const [backup] = catalog().backups;
    assert.equal(backup?.counts.total, 598);
    assert.deepEqual(backup.createdAt, new Date(2026, 0, 25, 14, 46));
    assert.equal(backup.reason, 'manual');
    assert.equal(backup.metadata, undefined);
  });

  it('lists a backup whose metadata is not JSON or contains a path', () => {
    put('features_1_20260125-144600_a.db');
    put('features_1_20260125-144600_a.json', 'not json');
    put('features_2_20260125-144601_b.db');
    put('features_2_20260125-144601_b.json', '{"original_file":"../../../etc/passwd","path":"/etc/passwd"}');
    assert.deepEqual(
      catalog().backups.map((backup) => backup.path),
      ['features_2_20260125-144601_b.db', 'features_1_20260125-144600_a.db'].map((name) =>
        join(project().storePath, name),
      ),
    );
  });

  it('lists a backup with unknown metadata together with the problem, and only that one', () => {
    put('features_1_20260125-144600_a.db');
    put('features_1_20260125-144600_a.json', 'not json');
    putBackup('features_2_20260125-144601_b');
    const [intact, unknown] = catalog().backups;
    assert.equal(unknown?.metadataProblem?.kind, 'damaged');
    assert.equal(unknown.metadataProblem.path, join(project().storePath, 'features_1_20260125-144600_a.json'));
    assert.ok(intact !== undefined && !('metadataProblem' in intact));
  });

  it("lists the original Python tool's backups, including emergency backups", () => {
    const python = {
      timestamp: '2026-01-25T14:46:00.123456',
      reason: 'before_mark_passing',
      feature_count: 598,
      original_file: 'features.db',
      original_size: 7,
      backup_size: 7,
    };
    put('features_598_20260125-144600_before_mark_passing.db');
    put('features_598_20260125-144600_before_mark_passing.json', JSON.stringify(python, null, 2));
    put('features_emergency_20260125-150000.db');
    const { backups, newest } = catalog();
    assert.deepEqual(
      backups.map(({ kind, counts }) => [kind, counts.total]),
      [
        ['emergency', undefined],
        ['ordinary', 598],
      ],
    );
    assert.deepEqual(newest?.createdAt, new Date(2026, 0, 25, 14, 46, 0, 123));
    assert.equal(newest.metadata?.verified, undefined);
  });

  it('ignores links, folders, leftovers and metadata without a backup', () => {
    put('features_1_20260125-144600_a.json', '{}');
    put('.tmp-1-2-3.db');
    put('.lock', '{}');
    put('notes.db');
    const { storePath } = project();
    writeFileSync(folder.join('outside.db'), 'x');
    symlinkSync(folder.join('outside.db'), join(storePath, 'features_2_20260125-144600_link.db'));
    mkdirSync(join(storePath, 'features_3_20260125-144600_folder.db'));
    assert.deepEqual(ids(), []);
  });

  it('skips a backup that another process removes while it is listed', () => {
    put('features_1_20260125-144600_a.db');
    put('features_2_20260125-144700_b.db');
    const removed = join(project().storePath, 'features_1_20260125-144600_a.db');
    const lstatSync = ((...args: Parameters<typeof nodeFileSystem.lstatSync>) => {
      if (args[0] === removed) rmSync(removed, { force: true });
      return nodeFileSystem.lstatSync(...args);
    }) as typeof nodeFileSystem.lstatSync;
    const { backups } = readCatalog(project(), { ...ports, files: { ...nodeFileSystem, lstatSync } });
    assert.deepEqual(
      backups.map(({ id }) => id),
      ['features_2_20260125-144700_b'],
    );
  });

  it('lists a backup once if a crash left both its plain and its compressed file', () => {
    put('features_1_20260125-144600_a.db');
    put('features_1_20260125-144600_a.db.gz');
    assert.deepEqual(
      catalog().backups.map((backup) => backup.compressed),
      [false],
    );
  });

  it('sorts by sequence if the clock was set back', () => {
    putBackup('features_1_20260125-144600_first', { sequence: 100, timestamp: '2026-01-25T14:46:00Z' });
    putBackup('features_1_20260124-090000_second', { sequence: 101, timestamp: '2026-01-24T09:00:00Z' });
    assert.equal(catalog().newest?.reason, 'manual');
    assert.deepEqual(ids(), ['features_1_20260124-090000_second', 'features_1_20260125-144600_first']);
  });

  it('sorts a backup whose sequence or time was planted centuries ahead by its file', () => {
    const storePath = folder.join('.feature_backups');
    mkdirSync(storePath);
    const add = (name: string, metadata: object): void => {
      writeFileSync(join(storePath, `${name}.db`), '');
      writeFileSync(join(storePath, `${name}.json`), JSON.stringify(metadata));
      utimesSync(join(storePath, `${name}.db`), new Date('2026-01-01'), new Date('2026-01-01'));
    };
    const now = new Date('2026-03-01T00:00:00Z');
    add('features_9_20260201-000000_sequence', { timestamp: '2026-02-01T00:00:00Z', sequence: 2 ** 46 - 1 });
    add('features_9_99990101-000000_time', { timestamp: '9999-01-01T00:00:00Z' });
    add('features_9_20990101-000000_clock', { timestamp: '2099-01-01T00:00:00Z', sequence: Date.UTC(2099) });
    const ports = { ...realPorts(), now: () => now };
    const { backups } = catalogOf(storePath, readStoreNames(storePath, ports), ports);
    assert.deepEqual(
      backups.map(({ reason, createdAt }) => [reason, createdAt.toISOString().slice(0, 10)]),
      [
        ['clock', '2099-01-01'],
        ['sequence', '2026-02-01'],
        ['time', '2026-01-01'],
      ],
    );
    assert.equal(nextSequence(backups, now), Date.UTC(2099) + 1);
  });

  it('gives the next backup a higher sequence than all others, however wrong the clock is', () => {
    const backups = [listedBackup('a', { metadata: { sequence: 5000 } }), listedBackup('b', { metadata: undefined })];
    const latest = backups[1]?.createdAt.getTime() ?? 0;
    assert.equal(nextSequence(backups, new Date(10)), latest + 1);
    assert.equal(nextSequence(backups, new Date(latest + 77)), latest + 77);
  });

  it('rejects a store that is a file, or a link that points outside the project', () => {
    const refused = (): void => assert.throws(catalog, withCode('unsafe-store'));
    writeFileSync(project().storePath, 'a file');
    refused();
    const linked = testProject(folder.join('project'));
    mkdirSync(linked.root);
    mkdirSync(folder.join('elsewhere'));
    symlinkSync(folder.join('elsewhere'), linked.storePath);
    assert.throws(() => readCatalog(linked, ports), withCode('unsafe-store'));
  });

  it('lists a backup with an empty reason if neither its name nor its metadata contains one', () => {
    put('features_598_20260125-144600.db');
    put('features_598_20260125-144700.db');
    put('features_598_20260125-144700.json', '{"reason":""}');
    assert.deepEqual(
      catalog().backups.map(({ reason }) => reason),
      ['', ''],
    );
  });

  it('rejects a store that is a link to the project itself', () => {
    symlinkSync(project().root, project().storePath);
    assert.throws(catalog, withCode('unsafe-store'));
  });

  it('follows a link that stays inside the project', () => {
    mkdirSync(folder.join('kept'));
    symlinkSync(folder.join('kept'), project().storePath);
    put('features_1_20260125-144600_a.db');
    assert.equal(ids().length, 1);
  });

  it('adds up the sizes of all files, including side files', () => {
    put('features_1_20260125-144600_a.db', '12345');
    put('features_emergency_20260125-144600.db', '123');
    put('features_emergency_20260125-144600.db-wal', '1234567');
    mkdirSync(join(project().storePath, 'features_emergency_20260125-144600.db-journal'));
    assert.equal(catalog().totalSizeBytes, 15);
    assert.equal(catalog().backups.find(({ kind }) => kind === 'emergency')?.content, 'raw');
  });

  it('recognises raw emergency backups by their metadata or, if it is missing, by their side files', () => {
    const contents = (): readonly unknown[] =>
      catalog()
        .backups.toReversed()
        .map(({ content }) => content);
    const ids = [0, 1, 2].map((second) => `features_emergency_20260125-14460${second}`);
    for (const id of ids) put(`${id}.db`);
    assert.deepEqual(contents(), ['database', 'database', 'database']);
    put(`${ids[0] ?? ''}.json`, '{"content":"raw"}');
    put(`${ids[1] ?? ''}.json`, '{"content":"database"}');
    for (const id of ids) put(`${id}.db-journal`);
    assert.deepEqual(contents(), ['raw', 'database', 'raw']);
    put('features_1_20260125-144600_a.db');
    put('features_1_20260125-144600_a.json', '{"content":"raw"}');
    assert.equal(catalog().newest?.content, 'database');
  });

  it('takes from the name only the values that the metadata lacks', () => {
    const id = 'features_5_20260125-144600_nightly';
    const listed = (metadata: object): unknown => {
      put(`${id}.json`, JSON.stringify(metadata));
      const [backup] = catalog().backups;
      return [backup?.reason, backup?.createdAt.getTime(), backup?.counts];
    };
    put(`${id}.db`);
    const named = new Date(2026, 0, 25, 14, 46).getTime();
    assert.deepEqual(listed({ reason: '' }), ['nightly', named, { total: 5 }]);
    assert.deepEqual(listed({ timestamp: 'on 2026-01-25 16:00' }), ['nightly', named, { total: 5 }]);
    const timestamp = '2026-01-25T16:00:00Z';
    assert.deepEqual(listed({ timestamp, reason: 'x', feature_count: 6, passing_count: 2, in_progress_count: 1 }), [
      'x',
      Date.parse(timestamp),
      { total: 6, passing: 2, inProgress: 1 },
    ]);
    assert.deepEqual(listed({ passing_count: 2 }), ['nightly', named, { total: 5, passing: 2 }]);
    assert.deepEqual(listed({ in_progress_count: 1 }), ['nightly', named, { total: 5, inProgress: 1 }]);
  });

  it('finds the image of a backup in a folder, compressed or not, and never its metadata alone', () => {
    put('features_1_20260125-144600_a.db');
    put('features_2_20260125-144600_b.db.gz');
    put('features_3_20260125-144600_c.json');
    const has = (id: string): boolean => findStoredBackup(id, project().storePath, ports) !== undefined;
    assert.deepEqual(
      [
        'features_1_20260125-144600_a',
        'features_2_20260125-144600_b',
        'features_3_20260125-144600_c',
        'features_4_20260125-144600_d',
      ].map(has),
      [true, true, false, false],
    );
  });

  describe('newest backup by file name', () => {
    const newest = (names: readonly string[]): string | undefined =>
      newestByName(project().storePath, new Set(names), ports)?.id;
    const fileNames = (): readonly string[] => readdirSync(project().storePath);

    it('is undefined if only emergency backups and other files exist', () => {
      for (const name of ['features_emergency_20260127-100000.db', 'notes.db', 'features_1.json']) put(name);
      assert.equal(newest(fileNames()), undefined);
    });

    it('is the last one of the newest second, in any order of names', () => {
      const [old, first, last] = [
        'features_1_20260125-144559_a',
        'features_2_20260125-144600_b',
        'features_1_20260125-144600_c',
      ];
      putBackup(old, { sequence: 9 });
      putBackup(first, { sequence: 7 });
      putBackup(last, { sequence: 8 });
      put('features_emergency_20260127-100000.db');
      for (const names of [fileNames(), fileNames().toReversed()]) assert.equal(newest(names), last);
    });
  });

  it('reads each of 200 backups once', () => {
    for (let i = 0; i < 200; i += 1) putBackup(`features_${i}_20260125-1446${String(i % 60).padStart(2, '0')}-${i}_x`);
    let reads = 0;
    const files = {
      ...ports.files,
      openSync: ((...args: Parameters<typeof ports.files.openSync>) => {
        reads += 1;
        return ports.files.openSync(...args);
      }) as typeof ports.files.openSync,
    };
    assert.equal(readCatalog(project(), { ...ports, files }).backups.length, 200);
    assert.equal(reads, 200);
    assert.equal(readdirSync(project().storePath).length, 400);
  });

  describe('selection', () => {
    const select = (selector: string): Backup => selectBackup(catalog(), selector);
    const fill = (): void => {
      putBackup('features_598_20260125-144600_manual', { timestamp: '2026-01-25T14:46:00Z', sequence: 1 });
      putBackup('features_598_20260125-144600_manual_more', { sequence: 2 });
      putBackup('features_600_20260126-100000_manual', { sequence: 3, verified: undefined });
      putBackup('features_emergency_20260127-100000', { sequence: 4 });
    };

    it('accepts a full name, with or without its extension, even if another name begins with it', () => {
      fill();
      const id = 'features_598_20260125-144600_manual';
      for (const ending of ['', '.db', '.db.gz']) assert.equal(select(id + ending).id, id);
    });

    it('accepts the unique beginning of a name', () => {
      fill();
      assert.equal(select('features_600').id, 'features_600_20260126-100000_manual');
      assert.equal(select('features_e').kind, 'emergency');
    });

    it('lists the candidates if several names match', () => {
      fill();
      assert.throws(
        () => select('features_598'),
        (error: unknown) =>
          withCode('ambiguous-backup')(error) && /144600_manual\n {2}|_manual_more/.test((error as Error).message),
      );
    });

    it('accepts latest and last-good, and never selects an emergency backup', () => {
      fill();
      assert.equal(select('latest').id, 'features_600_20260126-100000_manual');
      assert.equal(select('last-good').id, 'features_598_20260125-144600_manual_more');
    });

    it('suggests a verification only if the store has unverified backups', () => {
      const select = () => selectBackup(catalog(), 'last-good');
      assert.throws(select, { hint: /feature-backups list/ });
      put('features_1_20260125-144600_manual.db');
      assert.throws(select, { hint: /feature-backups verify/ });
    });

    it('finds nothing in an empty store, and rejects names that could point outside it', () => {
      for (const selector of ['latest', 'last-good', 'features_1']) {
        assert.throws(() => select(selector), withCode('backup-not-found'));
      }
      for (const selector of ['../features_1', '/etc/passwd', 'a\0b', '']) {
        assert.throws(() => select(selector), withCode('unsafe-name'));
      }
    });
  });
});

function withCode(code: BackupErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.code === code;
}
