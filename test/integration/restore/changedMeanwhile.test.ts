import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import type { Project } from '../../../core/project/types.js';
import { prepareRestore } from '../../../core/restore/planRestore.js';
import { replaceLive, type Replaced } from '../../../core/restore/replaceLive.js';
import { withRestoreLock } from '../../../core/restore/restoreBackup.js';
import type { RestoreWay } from '../../../core/restore/types.js';
import type { SqliteModule } from '../../../core/snapshot/nodeSqlite.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { withNodeSqlite } from '../../support/withoutNodeSqlite.js';

describe('a restore that was prepared', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  let before = '';
  const live = (): string => project.databasePath;

  beforeEach(async () => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(live(), { features: 20, passing: 0, journalMode: 'delete' });
    const outcome = await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
    assert.ok(outcome.status === 'created');
    backup = outcome.backup;
    sqlite3(live(), 'DELETE FROM features WHERE id > 15');
    before = readDatabase(live()).digest;
  });

  const replace = async (
    meanwhile: () => void,
    { way = 'swap', ports = realPorts() }: { way?: RestoreWay; ports?: Ports } = {},
  ): Promise<Replaced> =>
    await withRestoreLock(project, ports, async (lock) => {
      const { present, replacement } = await prepareRestore(project, backup, ports);
      meanwhile();
      return await replaceLive({ project, present, replacement, way, detail: backup.id, lock }, ports);
    });
  const fails =
    (code: string, message: RegExp, hint = /./) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof BackupError, String(error));
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      assert.equal(error.path, live());
      return error.code === code;
    };
  const emergencies = (): readonly Backup[] =>
    readCatalog(project, realPorts()).backups.filter(({ kind }) => kind === 'emergency');
  const assertTidy = (): void => {
    assert.deepEqual(
      readdirSync(dirname(live())).filter((name) => name.startsWith('.features.db')),
      [],
    );
  };

  it('changes nothing where somebody has written to the database since', async () => {
    await assert.rejects(
      replace(() => sqlite3(live(), 'DELETE FROM features WHERE id = 1')),
      fails('database-in-use', /Somebody wrote/, /Nothing was changed/),
    );
    assert.equal(readDatabase(live()).features, 14);
    assertTidy();
  });

  it('changes nothing where the database has become none since', async () => {
    await assert.rejects(
      replace(() => {
        writeFileSync(live(), 'no database');
      }),
      fails('database-in-use', /Somebody wrote/),
    );
    assert.equal(readFileSync(live(), 'utf8'), 'no database');
  });

  it('changes nothing where a database has appeared since in an empty place', async () => {
    copyFileSync(live(), folder.join('other.db'));
    rmSync(live());
    await assert.rejects(
      replace(() => {
        copyFileSync(folder.join('other.db'), live());
      }),
      fails('database-in-use', /Somebody wrote/),
    );
    assert.equal(readDatabase(live()).digest, before);
    assertTidy();
  });

  it('makes no emergency backup where there is nothing to save', async () => {
    rmSync(live());
    const { emergency } = await replace(() => undefined);
    assert.equal(emergency, undefined);
    assert.equal(readDatabase(live()).features, 20);
    assert.deepEqual(emergencies(), []);
  });

  it('says that there was nothing before, where it does not verify and there was nothing', async () => {
    rmSync(live());
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      nodeFileSystem.renameSync(from, to);
      if (to === live()) writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));
    };
    await assert.rejects(
      replace(() => undefined, { ports: { ...realPorts(), files: { ...nodeFileSystem, renameSync } } }),
      fails('database-damaged', /could not be put back/, /There was no database before/),
    );
    assert.deepEqual(emergencies(), []);
  });

  describe('and goes through SQLite', () => {
    /** Stands for Node's own SQLite, which writes past every file system of a test. */
    const sqlite = (write: (source: string, turn: number) => void): SqliteModule => {
      class Database {
        constructor(readonly path: string) {}
        exec(): void {
          return undefined;
        }
        /** What cannot be attached is copied whole. */
        prepare(): never {
          throw Object.assign(new Error('made by a test'), { errcode: 1 });
        }
        close(): void {
          return undefined;
        }
      }
      let turn = 0;
      return {
        DatabaseSync: Database,
        backup: async (source, path) => {
          assert.equal(path, live());
          turn += 1;
          write((source as unknown as Database).path, turn);
          return await Promise.resolve(1);
        },
      };
    };
    const restore = async (write: (source: string, turn: number) => void): Promise<Replaced> =>
      await withNodeSqlite(sqlite(write), async () => await replace(() => undefined, { way: 'online' }));
    const spoil = (): void => writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));

    it('is done where SQLite has written what it should', async () => {
      const { way, emergency } = await restore((source) => {
        copyFileSync(source, live());
      });
      assert.equal(way, 'online');
      assert.equal(readDatabase(live()).features, 20);
      assert.deepEqual(
        emergencies().map(({ id }) => id),
        [emergency?.id],
      );
      assertTidy();
    });

    it('puts the old database back through SQLite where it does not verify', async () => {
      await assert.rejects(
        restore((source, turn) => {
          copyFileSync(source, live());
          if (turn === 1) spoil();
        }),
        fails('database-damaged', /the old one was put back/, /what it was before/),
      );
      assert.equal(readDatabase(live()).digest, before);
      assert.equal(emergencies().length, 1, 'what did not verify is not kept');
      assertTidy();
    });

    it('says where the old database is kept where that cannot be put back', async () => {
      let kept = '';
      await assert.rejects(
        restore((source, turn) => {
          kept = emergencies()[0]?.id ?? '';
          if (turn > 1) throw Object.assign(new Error('made by a test'), { errcode: 13 });
          copyFileSync(source, live());
          spoil();
        }),
        (error: unknown) =>
          fails('database-damaged', /could not be put back/, new RegExp(`is kept as ${kept}`))(error) && kept !== '',
      );
      assertTidy();
    });

    it('does not go by a swap where others keep the database locked', async () => {
      const locked = Object.assign(new Error('made by a test'), { errcode: 5 });
      class Database {
        exec(sql: string): void {
          if (sql.startsWith('BEGIN')) throw locked;
        }
        prepare(): object {
          return { run: () => undefined };
        }
        close(): void {
          return undefined;
        }
      }
      const module = { DatabaseSync: Database, backup: () => assert.fail('nothing is copied') };
      await assert.rejects(
        withNodeSqlite(module, async () => await replace(() => undefined, { way: 'online' })),
        fails('database-busy', /nothing was changed/),
      );
      assert.equal(readDatabase(live()).digest, before);
      assert.deepEqual(emergencies(), []);
    });

    it('goes by a swap where SQLite cannot write, and nobody has the database open', async () => {
      const { way } = await restore(() => {
        throw Object.assign(new Error('made by a test'), { errcode: 13 });
      });
      assert.equal(way, 'swap');
      assert.equal(readDatabase(live()).features, 20);
      assert.ok(existsSync(live()));
    });
  });
});
