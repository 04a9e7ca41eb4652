import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { restoreOnline, type OnlineRestore } from '../../../core/restore/onlineRestore.js';
import type { SqliteConnection, SqliteModule } from '../../../core/snapshot/nodeSqlite.js';
import { realPorts } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const CORRUPT = 11;
const sqliteError = (errcode: number): Error =>
  Object.assign(new Error(`SQLite's error ${String(errcode)}`), { errcode });

describe('restore through SQLite', () => {
  const folder = useTemporaryFolder();
  const live = () => folder.join('shop', 'features.db');
  /** The operations on the live database, in order. */
  let steps: string[];
  /** The tables of both databases, with their numbers of rows. */
  let tables: readonly string[];
  let counts: Readonly<Record<'main' | 'restored', number>>;

  /** A stand-in for Node's SQLite: the test chooses the failing statement and its error. */
  const sqlite = (failing: RegExp, errcode: number): SqliteModule => {
    const run = (sql: string): void => {
      if (failing.test(sql)) throw sqliteError(errcode);
    };
    class Database implements SqliteConnection {
      exec(sql: string): void {
        run(sql);
        if (/^(BEGIN|COMMIT|ROLLBACK|DELETE|INSERT)/.test(sql)) steps.push(sql);
      }
      prepare(sql: string) {
        const rows = (): Record<string, unknown>[] => {
          run(sql);
          if (/^SELECT name FROM main.*type = 'table'/.test(sql)) return tables.map((name) => ({ name }));
          const counted = /^SELECT count\(\*\) AS total FROM (main|restored)\./.exec(sql)?.[1];
          return counted === undefined ? [] : [{ total: counts[counted as keyof typeof counts] }];
        };
        return { all: rows, get: () => rows()[0], iterate: rows, run: rows };
      }
      close(): void {
        steps.push('close');
      }
    }
    return {
      DatabaseSync: Database,
      backup: async (_source, path) => {
        steps.push(path === live() ? 'backup to live' : 'backup to copy');
        return await Promise.resolve(1);
      },
    };
  };
  const restore = async (module: SqliteModule, changes: Partial<OnlineRestore> = {}): Promise<boolean> => {
    const saveLive = async (image: Buffer | undefined): Promise<void> => {
      steps.push(image === undefined ? 'save' : 'save the image');
      await Promise.resolve();
    };
    const work = { databasePath: live(), image: Buffer.from('image'), isDamaged: false, saveLive, ...changes };
    return await restoreOnline(work, module, realPorts());
  };
  const performedSteps = (): readonly string[] => steps.filter((step) => step !== 'close');

  beforeEach(() => {
    steps = [];
    tables = [];
    counts = { main: 3, restored: 3 };
    mkdirSync(folder.join('shop'));
    writeFileSync(live(), 'live');
  });
  const assertNoLeftovers = (): void => {
    assert.deepEqual(readdirSync(folder.join('shop')), ['features.db']);
    assert.equal(readFileSync(live(), 'utf8'), 'live');
  };

  it('replaces rows if possible, after saving the database while it is locked', async () => {
    assert.equal(await restore(sqlite(/nothing/, 0)), true);
    assert.deepEqual(performedSteps(), ['BEGIN IMMEDIATE', 'backup to copy', 'save the image', 'COMMIT']);
    assertNoLeftovers();
  });

  it('replaces every table, and the sequence numbers last', async () => {
    for (const order of [
      ['sqlite_sequence', 'a', 'b'],
      ['a', 'sqlite_sequence', 'b'],
      ['a', 'b', 'sqlite_sequence'],
    ]) {
      steps = [];
      tables = order;
      assert.equal(await restore(sqlite(/nothing/, 0)), true);
      assert.deepEqual(
        steps.filter((step) => /^(DELETE|INSERT)/.test(step)),
        ['a', 'b', 'sqlite_sequence'].flatMap((name) => [
          `DELETE FROM main."${name}"`,
          `INSERT INTO main."${name}" SELECT * FROM restored."${name}"`,
        ]),
      );
    }
  });

  it('fails and is rolled back if a table differs afterwards', async () => {
    tables = ['a'];
    counts = { main: 2, restored: 3 };
    await assert.rejects(restore(sqlite(/nothing/, 0)), /Table a differs from the backup/);
    assert.equal(performedSteps().at(-1), 'ROLLBACK');
    assert.ok(!steps.includes('COMMIT') && !steps.includes('backup to live'));
  });

  it('copies the whole database, after saving the old one, if the rows cannot be replaced', async () => {
    assert.equal(await restore(sqlite(/^ATTACH/, 1)), true);
    assert.deepEqual(performedSteps(), ['BEGIN IMMEDIATE', 'ROLLBACK', 'save', 'backup to live']);
    assertNoLeftovers();
  });

  it('copies the whole database over a damaged one, and changes no rows', async () => {
    assert.equal(await restore(sqlite(/nothing/, 0), { isDamaged: true }), true);
    assert.deepEqual(performedSteps(), ['save', 'backup to live']);
  });

  it('copies the whole database if only reading the rows detects the damage', async () => {
    assert.equal(await restore(sqlite(/sqlite_schema/, CORRUPT)), true);
    assert.deepEqual(performedSteps(), ['BEGIN IMMEDIATE', 'ROLLBACK', 'save', 'backup to live']);
    assertNoLeftovers();
  });

  it('fails, and copies nothing, on any other error', async () => {
    await assert.rejects(restore(sqlite(/sqlite_schema/, 13)), /SQLite's error 13/);
    assert.deepEqual(performedSteps(), ['BEGIN IMMEDIATE', 'ROLLBACK']);
    assertNoLeftovers();
  });

  it('fails if others keep the database locked at its beginning, its end, or while it is attached', async () => {
    await assert.rejects(restore(sqlite(/^BEGIN/, 5)), { code: 'database-busy', path: live() });
    await assert.rejects(restore(sqlite(/^COMMIT/, 6)), { code: 'database-busy', path: live() });
    await assert.rejects(restore(sqlite(/^ATTACH/, 5)), /SQLite's error 5/);
    assert.ok(!steps.includes('backup to live'));
    assertNoLeftovers();
  });

  it('fails with SQLite’s own error if the transaction cannot begin or end for another reason', async () => {
    await assert.rejects(restore(sqlite(/^BEGIN/, 8)), /SQLite's error 8/);
    await assert.rejects(restore(sqlite(/^COMMIT/, 13)), /SQLite's error 13/);
    assertNoLeftovers();
  });

  for (const [errcode, code] of [
    [3, 'permission-denied'],
    [5, 'database-busy'],
    [8, 'permission-denied'],
    [10, 'io'],
    [13, 'disk-full'],
    [14, 'permission-denied'],
  ] as const) {
    it(`fails with ${code}, not as an unexpected error, if SQLite reports its error ${String(errcode)}`, async () => {
      await assert.rejects(restore(sqlite(/sqlite_schema/, errcode)), { name: 'BackupError', code, path: live() });
    });
  }

  it('fails with the first error, even if SQLite has already rolled back', async () => {
    await assert.rejects(restore(sqlite(/sqlite_schema|ROLLBACK/, 13)), /SQLite's error 13/);
    assert.deepEqual(steps.at(-1), 'close');
  });

  it('of individual features is impossible, or fails, without a backup if the rows cannot be replaced', async () => {
    const featureIds = [1];
    assert.equal(await restore(sqlite(/nothing/, 0), { featureIds }), false, 'no table of features');
    assert.equal(await restore(sqlite(/^ATTACH/, 1), { featureIds }), false);
    await assert.rejects(restore(sqlite(/sqlite_schema/, CORRUPT), { featureIds }), /SQLite's error 11/);
    assert.equal(await restore(sqlite(/nothing/, 0), { featureIds, isDamaged: true }), false);
    assert.ok(!steps.includes('save') && !steps.includes('backup to live'), steps.join());
    assertNoLeftovers();
  });

  it('changes nothing if the current state cannot be saved', async () => {
    const saveLive = async (): Promise<void> => await Promise.reject(new Error('no room'));
    await assert.rejects(restore(sqlite(/nothing/, 0), { saveLive }), /no room/);
    assert.deepEqual(performedSteps(), ['BEGIN IMMEDIATE', 'backup to copy', 'ROLLBACK']);
    assertNoLeftovers();
  });
});
