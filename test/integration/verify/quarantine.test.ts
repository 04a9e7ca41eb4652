import assert from 'node:assert/strict';
import nodeFileSystem, {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import type { Backup } from '../../../core/store/backup.js';
import { lastGood } from '../../../core/store/selectBackup.js';
import { findBackup, listQuarantine, projectSummary, verify } from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { stoppingFiles, type Stop } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('backup that fails verification', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;

  beforeEach(() => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  });

  const backUp = async (count: number): Promise<void> => {
    for (let made = 0; made < count; made += 1) {
      sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${(made + 1).toString()}`);
      await createBackup(project, MANUAL, realPorts());
    }
  };
  const listed = (of = project) => readCatalog(of, realPorts()).backups;
  const quarantined = (name = '') => join(project.storePath, 'quarantine', name);
  const quarantine = async (files: Partial<FileSystem> = {}) =>
    await verify(project, undefined, { quarantine: true, ports: { files: { ...nodeFileSystem, ...files } } });

  for (const [what, damage] of Object.entries<(path: string) => string>({
    'with a flipped bit': (path) => flipByte(path),
    truncated: (path) => rewrite(path, readFileSync(path).subarray(0, 4096)),
    empty: (path) => rewrite(path, Buffer.alloc(0)),
    'with a flipped bit in its .db.gz': (path) => flipByte(compress(path)),
    'with a truncated .db.gz': (path) => {
      const compressed = compress(path);
      return rewrite(compressed, readFileSync(compressed).subarray(0, 200));
    },
    'replaced by another database': (path) => {
      copyFileSync(project.databasePath, path);
      return path;
    },
  })) {
    it(`is quarantined ${what}, with its metadata and the reason, and removed from all listings`, async () => {
      await backUp(3);
      const [newest, middle, oldest] = listed();
      assert.ok(newest && middle && oldest);
      const path = damage(middle.path);
      const bytes = readFileSync(path);
      const metadata = readFileSync(middle.path.replace(/db$/, 'json'), 'utf8');
      const outcomes = await quarantine();
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, true],
      );
      assert.deepEqual(
        listed().map(({ id }) => id),
        [newest.id, oldest.id],
      );
      const [moved, ...others] = await listQuarantine(project);
      assert.deepEqual([moved, others], [outcomes[1]?.quarantined, []]);
      assert.equal(moved?.path, quarantined(basename(path)));
      assert.ok(moved.problems.length > 0 && moved.at !== undefined);
      assert.equal(statSync(quarantined()).mode & 0o777, 0o700);
      assert.deepEqual(readFileSync(moved.path), bytes);
      const kept = JSON.parse(readFileSync(quarantined(`${middle.id}.json`), 'utf8')) as object;
      assert.deepEqual({ ...kept, verified: undefined }, { ...(JSON.parse(metadata) as object), verified: undefined });
      assert.deepEqual(
        readdirSync(project.storePath).filter((name) => name.startsWith(middle.id)),
        [],
      );
      assert.equal((await projectSummary(project)).quarantineCount, 1);
    });
  }

  it('is not moved if it was named, or if no quarantine was requested', async () => {
    await backUp(2);
    const [newest] = listed();
    assert.ok(newest);
    flipByte(newest.path);
    for (const outcomes of [await verify(project), await verify(project, newest.id)]) {
      assert.deepEqual([outcomes[0]?.ok, outcomes[0]?.quarantined], [false, undefined]);
    }
    assert.equal(listed().length, 2);
    assert.equal(existsSync(quarantined()), false);
  });

  it('cannot be restored, and the error reports where it is and why', async () => {
    await backUp(2);
    const [newest] = listed();
    assert.ok(newest);
    flipByte(newest.path);
    await quarantine();
    for (const selector of [newest.id, newest.id.slice(0, -2), quarantined(`${newest.id}.db`)]) {
      await assert.rejects(findBackup(project, selector), (error: unknown) => {
        assert.ok(error instanceof BackupError);
        assert.deepEqual([error.code, error.path], ['backup-damaged', quarantined(`${newest.id}.db`)]);
        return /in quarantine: .*SHA-256/.test(error.message);
      });
    }
    await assert.rejects(findBackup(project, 'features_9'), hasCode('backup-not-found'));
    await backUp(3);
    await assert.rejects(findBackup(project, 'features_20'), hasCode('ambiguous-backup'));
  });

  it('gets a number if the quarantine already has a backup of its name', async () => {
    await backUp(1);
    const [backup] = listed();
    assert.ok(backup);
    const copies = ['.db', '.json'].map((end) => [join(project.storePath, backup.id + end), folder.join(`copy${end}`)]);
    for (const [from = '', to = ''] of copies) copyFileSync(from, to);
    for (let time = 0; time < 3; time += 1) {
      for (const [to = '', from = ''] of copies) copyFileSync(from, to);
      flipByte(backup.path);
      await quarantine();
    }
    const names = (await listQuarantine(project)).map(({ id }) => id);
    assert.deepEqual(names, [backup.id, `${backup.id}-2`, `${backup.id}-3`]);
    assert.equal(readdirSync(quarantined()).length, 9);
  });

  it('does not get the name of a compressed backup in the quarantine', async () => {
    await backUp(1);
    const [backup] = listed();
    assert.ok(backup);
    const [image, metadata] = [readFileSync(backup.path), readFileSync(backup.path.replace(/db$/, 'json'))];
    for (let time = 0; time < 2; time += 1) {
      writeFileSync(backup.path, image);
      writeFileSync(backup.path.replace(/db$/, 'json'), metadata);
      const compressed = compress(backup.path);
      rewrite(compressed, readFileSync(compressed).subarray(0, 200));
      const [outcome] = await quarantine();
      assert.equal(outcome?.ok, false, JSON.stringify(outcome));
    }
    const names = (await listQuarantine(project)).map(({ path }) => basename(path));
    assert.deepEqual(names.sort(), [`${backup.id}-2.db.gz`, `${backup.id}.db.gz`]);
  });

  it('is not listed from a store that is a link that points outside the project', async () => {
    mkdirSync(folder.join('elsewhere', 'quarantine'), { recursive: true });
    symlinkSync(folder.join('elsewhere'), project.storePath);
    await assert.rejects(listQuarantine(project), hasCode('unsafe-store'));
  });

  it('is quarantined with its side files if it is a raw emergency backup', async () => {
    await backUp(1);
    writeFileSync(project.databasePath, 'no database');
    writeFileSync(`${project.databasePath}-wal`, 'no log');
    const outcome = await createBackup(project, MANUAL, realPorts());
    assert.ok(outcome.status === 'damaged');
    writeFileSync(`${outcome.emergency.path}-wal`, 'other');
    await quarantine();
    const { id } = outcome.emergency;
    assert.deepEqual(
      readdirSync(quarantined()).sort(),
      [`${id}.db`, `${id}.db-wal`, `${id}.json`, `${id}.quarantine.json`].sort(),
    );
    assert.equal(readFileSync(quarantined(`${id}.db-wal`), 'utf8'), 'other');
    assert.deepEqual(
      readdirSync(project.storePath).filter((name) => name.startsWith('features_emergency')),
      [],
    );
  });

  it('leaves its metadata to the compressed file if a crash left both', async () => {
    await backUp(1);
    const [backup] = listed();
    assert.ok(backup);
    writeFileSync(`${backup.path}.gz`, gzipSync(readFileSync(backup.path)));
    flipByte(backup.path);
    await quarantine();
    const [outcome] = await quarantine();
    assert.deepEqual([outcome?.ok, outcome?.backup.compressed], [true, true]);
    assert.equal(lastGood(listed())?.id, backup.id);
    assert.deepEqual(outcome?.backup.metadata?.events, backup.metadata?.events);
  });

  it('is not moved if it cannot be read, and does not stop the verification of others', async () => {
    await backUp(3);
    const [, middle] = listed();
    assert.ok(middle);
    for (const code of ['EACCES', 'EIO'] as const) {
      const openSync: FileSystem['openSync'] = (path, ...rest) => {
        if (path === middle.path) throw Object.assign(new Error(`${code}: injected`), { code });
        return nodeFileSystem.openSync(path, ...rest);
      };
      const outcomes = await quarantine({ openSync });
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, true],
      );
      assert.equal(outcomes[1]?.readError?.code, code === 'EIO' ? 'io' : 'permission-denied');
      assert.equal(outcomes[1].quarantineProblem, undefined);
      assert.equal(listed()[1]?.metadata?.verified?.ok, true);
    }
    assert.equal(existsSync(quarantined()), false);
  });

  it('is not moved if a second check passes', async () => {
    await backUp(1);
    const [backup] = listed();
    assert.ok(backup);
    let openCount = 0;
    const openSync: FileSystem['openSync'] = (path, ...rest) => {
      if (path !== backup.path) return nodeFileSystem.openSync(path, ...rest);
      openCount += 1;
      const bad = folder.join('misread.db');
      copyFileSync(backup.path, bad);
      if (openCount === 1) flipByte(bad);
      return nodeFileSystem.openSync(bad, ...rest);
    };
    const [outcome] = await quarantine({ openSync });
    assert.deepEqual([outcome?.ok, outcome?.quarantined], [true, undefined]);
    assert.equal(listed()[0]?.metadata?.verified?.ok, true);
  });

  it('is not moved through a link, or into anything but a folder', async () => {
    await backUp(2);
    flipByte(listed()[0]?.path ?? '');
    mkdirSync(folder.join('elsewhere'));
    symlinkSync(folder.join('elsewhere'), quarantined());
    const [first] = await quarantine();
    assert.equal(first?.quarantineProblem?.code, 'unsafe-store');
    writeFileSync(folder.join('elsewhere', 'features_20_20260125-144600_x.db'), 'not of this project');
    assert.deepEqual(await listQuarantine(project), []);
    unlinkSync(folder.join('elsewhere', 'features_20_20260125-144600_x.db'));
    unlinkSync(quarantined());
    writeFileSync(quarantined(), '');
    assert.deepEqual(await listQuarantine(project), []);
    assert.equal((await quarantine())[0]?.quarantineProblem?.code, 'unsafe-store');
    assert.equal(listed().length, 2);
    assert.deepEqual(readdirSync(folder.join('elsewhere')), []);
  });

  describe('with an unreadable quarantine', () => {
    const id = 'features_20_20260125-144600_x';
    const refused = (code: string) => {
      const opendirSync: FileSystem['opendirSync'] = (path, options) => {
        if (path === quarantined().replace(/[/\\]$/, '')) throw Object.assign(new Error(code), { code });
        return nodeFileSystem.opendirSync(path, options);
      };
      return { files: { ...nodeFileSystem, opendirSync } };
    };
    beforeEach(async () => {
      await backUp(2);
      mkdirSync(quarantined());
      writeFileSync(quarantined(`${id}.db`), 'an image');
    });

    for (const [code, expected] of [
      ['EACCES', 'permission-denied'],
      ['EPERM', 'permission-denied'],
      ['EIO', 'io'],
    ] as const) {
      it(`is reported as an error, and not moved (${code})`, async () => {
        const ports = { ...realPorts(), ...refused(code) };
        await assert.rejects(listQuarantine(project, { ports }), hasCode(expected));
        await assert.rejects(projectSummary(project, { ports }), hasCode(expected));
        flipByte(listed()[0]?.path ?? '');
        const [first] = await verify(project, undefined, { quarantine: true, ports });
        assert.deepEqual([first?.ok, first?.quarantineProblem?.code], [false, expected]);
        assert.equal(listed().length, 2);
        assert.deepEqual(readdirSync(quarantined()), [`${id}.db`]);
      });
    }

    it('counts as none if the folder has just been removed', async () => {
      assert.deepEqual(await listQuarantine(project, { ports: refused('ENOENT') }), []);
    });

    it('is not listed if it is removed during the listing', async () => {
      writeFileSync(quarantined(`${id}y.db`), 'another');
      const lstatSync = ((path: string, options: object) => {
        if (path === quarantined(`${id}.db`)) unlinkSync(path);
        return nodeFileSystem.lstatSync(path, options);
      }) as FileSystem['lstatSync'];
      const listed = await listQuarantine(project, { ports: { files: { ...nodeFileSystem, lstatSync } } });
      assert.deepEqual(
        listed.map((backup) => backup.id),
        [`${id}y`],
      );
    });

    it('is listed without a reason if only its note cannot be read', async () => {
      const note = quarantined(`${id}.quarantine.json`);
      const at = '2026-01-25T14:46:00.000Z';
      const noted = async () => {
        const [only, ...others] = await listQuarantine(project);
        assert.deepEqual([only?.id, only?.sizeBytes, others], [id, 8, []]);
        return [only?.at?.toISOString(), only?.problems];
      };
      for (const text of ['', '{', 'null', '[]', '"text"', '{}', '{"at":7,"problems":"text"}', '{"at":"x"}']) {
        writeFileSync(note, text);
        assert.deepEqual(await noted(), [undefined, []], text);
      }
      writeFileSync(note, JSON.stringify({ at, problems: [7, 'its SHA-256', null] }));
      assert.deepEqual(await noted(), [at, ['its SHA-256']]);
      writeFileSync(note, JSON.stringify({ at, problems: ['x'.repeat(64 * 1024)] }));
      assert.deepEqual(await noted(), [undefined, []]);
      unlinkSync(note);
      mkdirSync(note);
      assert.deepEqual(await noted(), [undefined, []]);
    });
  });

  it('is moved even without hard links', async () => {
    await backUp(2);
    const [bad] = listed();
    flipByte(bad?.path ?? '');
    const linkSync: FileSystem['linkSync'] = () => {
      throw Object.assign(new Error('EPERM: injected'), { code: 'EPERM' });
    };
    await quarantine({ linkSync });
    assert.deepEqual(
      readdirSync(quarantined()).sort(),
      ['.db', '.json', '.quarantine.json'].map((end) => `${bad?.id ?? ''}${end}`),
    );
  });

  it('is complete in the store or in the quarantine, wherever the move is stopped, and the next run finishes it', async () => {
    await backUp(2);
    const [bad, good] = listed();
    assert.ok(bad && good);
    flipByte(bad.path);
    // Already recorded, so every later change is one of the move or of the lock.
    await verify(project);
    const start = folder.join('start');
    renameSync(project.root, start);
    const counted = await stoppedMove(undefined);
    assert.ok(counted.length > 12, counted.join('\n'));
    const found = { inPlace: 0, aside: 0 };
    for (const how of ['dead', 'EIO'] as const) {
      for (let at = 1; at <= counted.length; at += 1) {
        const context = `${how} at ${counted[at - 1] ?? ''}`;
        assert.ok((await stoppedMove({ at, how })).length >= at, `${context}: it was not stopped`);
        const inPlace: Backup | undefined = listed().find(({ id }) => id === bad.id);
        const aside = await listQuarantine(project);
        assert.equal((inPlace === undefined ? 0 : 1) + aside.length, 1, context);
        found[inPlace === undefined ? 'aside' : 'inPlace'] += 1;
        const isFullyLoaded =
          inPlace === undefined
            ? existsSync(quarantined(`${bad.id}.json`)) && aside.every(({ problems }) => problems.length > 0)
            : inPlace.metadata?.sha256 === bad.metadata?.sha256;
        assert.ok(isFullyLoaded, context);

        await quarantine();
        assert.deepEqual(
          (await listQuarantine(project)).map(({ id }) => id),
          [bad.id],
          context,
        );
        assert.deepEqual(
          listed().map(({ id }) => id),
          [good.id],
          context,
        );
        const expected: readonly string[] = [`${bad.id}.db`, `${bad.id}.json`, `${bad.id}.quarantine.json`];
        assert.deepEqual(readdirSync(quarantined()).sort(), expected, context);
        // Later, because it could reuse the name.
        const later = new Date(Date.now() + 3_600_000);
        await createBackup(project, MANUAL, { ...realPorts(), now: () => later });
        assert.deepEqual(
          readdirSync(project.storePath).filter((name) => name.startsWith(bad.id)),
          [],
          context,
        );
      }
    }

    assert.ok(found.inPlace > 0 && found.aside > 0, JSON.stringify(found));

    /** Runs on a fresh copy; returns the changes of the file system. */
    async function stoppedMove(stop: Stop | undefined): Promise<readonly string[]> {
      nodeFileSystem.rmSync(project.root, { recursive: true, force: true });
      cpSync(start, project.root, { recursive: true, preserveTimestamps: true });
      const { files, calls } = stoppingFiles(stop);
      try {
        await quarantine(files);
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
      }
      // A killed process has not released its lock, and within the same process the next run would wait for it.
      nodeFileSystem.rmSync(join(project.storePath, '.lock'), { force: true });
      return calls;
    }
  });
});

function rewrite(path: string, bytes: Buffer): string {
  writeFileSync(path, bytes);
  return path;
}

function flipByte(path: string): string {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return rewrite(path, bytes);
}

/** Replaces a backup with a `.db.gz`. */
function compress(path: string): string {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  unlinkSync(path);
  return `${path}.gz`;
}

function hasCode(code: string) {
  return (error: unknown): boolean => error instanceof BackupError && error.code === code;
}
