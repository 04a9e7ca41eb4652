import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import type { Project } from '../../../core/project/project.js';
import { prepareRestore } from '../../../core/restore/planRestore.js';
import { replaceLive, type ReplacementResult } from '../../../core/restore/replaceLive.js';
import { withRestoreLock } from '../../../core/restore/restoreBackup.js';
import type { RestoreMethod } from '../../../core/restore/restorePlan.js';
import type { SqliteModule } from '../../../core/snapshot/nodeSqlite.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { readDatabase, runPython } from '../../support/pythonSqlite.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { shrunkProject } from '../../support/shrunkProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withNodeSqlite } from '../../support/withoutNodeSqlite.js';

describe('restore after a change since its preparation', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  let before = '';
  const live = (suffix = ''): string => project.databasePath + suffix;

  beforeEach(async () => {
    ({ project, backup, liveDigest: before } = await shrunkProject(folder.join('shop')));
  });

  const replace = async (
    meanwhile: () => void,
    { method = 'swap', ports = realPorts() }: { method?: RestoreMethod; ports?: Ports } = {},
  ): Promise<ReplacementResult> =>
    await withRestoreLock(project, ports, async (lock) => {
      const { live: present, replacement } = await prepareRestore(project, backup, ports);
      meanwhile();
      return await replaceLive({ project, live: present, replacement, method, detail: backup.id, lock }, ports);
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
  const assertNoLeftovers = (): void => {
    assert.deepEqual(
      readdirSync(dirname(live())).filter((name) => name.startsWith('.features.db')),
      [],
    );
  };

  it('changes nothing if the database was written meanwhile', async () => {
    await assert.rejects(
      replace(() => sqlite3(live(), 'DELETE FROM features WHERE id = 1')),
      fails('database-in-use', /Another process wrote/, /Nothing was changed/),
    );
    assert.equal(readDatabase(live()).features, 14);
    assertNoLeftovers();
  });

  it('changes nothing if the database was replaced by something else meanwhile', async () => {
    await assert.rejects(
      replace(() => {
        writeFileSync(live(), 'no database');
      }),
      fails('database-in-use', /Another process wrote/),
    );
    assert.equal(readFileSync(live(), 'utf8'), 'no database');
  });

  describe('that another program commits in the middle of the swap, and closes the database', () => {
    const commit = (): void => {
      sqlite3(live(), "UPDATE features SET name = 'committed meanwhile' WHERE id = 1");
    };
    const committedName = (): string =>
      runPython(
        'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT name FROM features WHERE id = 1").fetchone()[0])',
        [live()],
      ).trim();
    const once = (run: () => void): (() => void) => {
      let isDone = false;
      return () => {
        if (isDone) return;
        isDone = true;
        run();
      };
    };
    const isStaged = (path: unknown): boolean => String(path).endsWith('.restore-staged');

    const moments: Readonly<Record<string, (commitNow: () => void) => Partial<FileSystem>>> = {
      'while the new database is staged': (commitNow) => ({
        openSync: (path, ...rest) => {
          if (isStaged(path)) commitNow();
          return nodeFileSystem.openSync(path, ...rest);
        },
      }),
      'while the bridge is staged': (commitNow) => {
        let staged = 0;
        return {
          openSync: (path, flags, ...rest) => {
            if (isStaged(path) && flags === 'wx+' && (staged += 1) === 2) commitNow();
            return nodeFileSystem.openSync(path, flags, ...rest);
          },
        };
      },
      'after the bridge is in place': (commitNow) => ({
        renameSync: (from, to) => {
          nodeFileSystem.renameSync(from, to);
          if (to === live()) commitNow();
        },
      }),
      'after the side files are removed': (commitNow) => ({
        unlinkSync: (path) => {
          nodeFileSystem.unlinkSync(path);
          if (path === live('-wal')) commitNow();
        },
      }),
    };
    for (const [when, interfere] of Object.entries(moments)) {
      for (const mode of ['wal', 'delete']) {
        it(`keeps the commit, and reports the change: ${when}, in ${mode} mode`, async () => {
          sqlite3(live(), `PRAGMA journal_mode=${mode}`);
          let commits = 0;
          const commitNow = once(() => {
            commit();
            commits += 1;
          });
          // A log that SQLite would have removed, as after a killed writer.
          if (mode === 'wal')
            createUncleanDatabase(live(), "c.execute('UPDATE features SET priority = 7 WHERE id = 2')");
          else writeFileSync(live('-wal'), '');
          const ports = { ...realPorts(), files: { ...nodeFileSystem, ...interfere(commitNow) } };
          await assert.rejects(
            replace(() => undefined, { ports }),
            fails('database-in-use', /Another process wrote/, /Nothing was changed/),
          );
          assert.equal(commits, 1);
          assert.equal(committedName(), 'committed meanwhile');
          assert.equal(readDatabase(live()).features, 15);
          assertNoLeftovers();
        });
      }
    }
  });

  it('changes nothing if a missing database has appeared meanwhile', async () => {
    copyFileSync(live(), folder.join('other.db'));
    rmSync(live());
    await assert.rejects(
      replace(() => {
        copyFileSync(folder.join('other.db'), live());
      }),
      fails('database-in-use', /Another process wrote/),
    );
    assert.equal(readDatabase(live()).digest, before);
    assertNoLeftovers();
  });

  it('makes no emergency backup if no database exists', async () => {
    rmSync(live());
    const { emergency } = await replace(() => undefined);
    assert.equal(emergency, undefined);
    assert.equal(readDatabase(live()).features, 20);
    assert.deepEqual(emergencies(), []);
  });

  it('reports that no database existed before, if the restored one does not verify', async () => {
    rmSync(live());
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      nodeFileSystem.renameSync(from, to);
      if (to === live()) writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));
    };
    await assert.rejects(
      replace(() => undefined, { ports: { ...realPorts(), files: { ...nodeFileSystem, renameSync } } }),
      fails('database-damaged', /restoring the previous one failed/, /No database existed before/),
    );
    assert.deepEqual(emergencies(), []);
  });

  describe('through SQLite', () => {
    /** A stand-in for Node's SQLite, which bypasses the file system of a test. */
    const sqlite = (write: (source: string, turn: number) => void): SqliteModule => {
      class Database {
        constructor(readonly path: string) {}
        exec(): void {
          return undefined;
        }
        /** A database that cannot be attached is copied as a whole. */
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
    const restore = async (write: (source: string, turn: number) => void): Promise<ReplacementResult> =>
      await withNodeSqlite(sqlite(write), async () => await replace(() => undefined, { method: 'online' }));
    const damage = (): void => writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));

    it('succeeds if SQLite has written the expected content', async () => {
      const { method, emergency } = await restore((source) => {
        copyFileSync(source, live());
      });
      assert.equal(method, 'online');
      assert.equal(readDatabase(live()).features, 20);
      assert.deepEqual(
        emergencies().map(({ id }) => id),
        [emergency?.id],
      );
      assertNoLeftovers();
    });

    it('restores the old database through SQLite if the new one does not verify', async () => {
      await assert.rejects(
        restore((source, turn) => {
          copyFileSync(source, live());
          if (turn === 1) damage();
        }),
        fails('database-damaged', /the previous one was restored/, /live database is unchanged/),
      );
      assert.equal(readDatabase(live()).digest, before);
      assert.equal(emergencies().length, 1, 'what did not verify is not kept');
      assertNoLeftovers();
    });

    it('names the emergency backup if the old database cannot be restored', async () => {
      let kept = '';
      await assert.rejects(
        restore((source, turn) => {
          kept = emergencies()[0]?.id ?? '';
          if (turn > 1) throw Object.assign(new Error('made by a test'), { errcode: 13 });
          copyFileSync(source, live());
          damage();
        }),
        (error: unknown) =>
          fails(
            'database-damaged',
            /restoring the previous one failed/,
            new RegExp(`is in the emergency backup ${kept}`),
          )(error) && kept !== '',
      );
      assertNoLeftovers();
    });

    it('does not swap a database that others keep locked', async () => {
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
        withNodeSqlite(module, async () => await replace(() => undefined, { method: 'online' })),
        fails('database-busy', /nothing was changed/),
      );
      assert.equal(readDatabase(live()).digest, before);
      assert.deepEqual(emergencies(), []);
    });

    it('swaps the database if SQLite cannot write it and no process has it open', async () => {
      const { method } = await restore(() => {
        throw Object.assign(new Error('made by a test'), { errcode: 10 });
      });
      assert.equal(method, 'swap');
      assert.equal(readDatabase(live()).features, 20);
      assert.ok(existsSync(live()));
    });
  });
});
