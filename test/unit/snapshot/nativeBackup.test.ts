import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { readFingerprint } from '../../../core/snapshot/databaseFingerprint.js';
import type { Inconsistency } from '../../../core/snapshot/inconsistency.js';
import { isBeingBackedUpNatively, takeNativeBackup } from '../../../core/snapshot/nativeBackup.js';
import type { SqliteModule } from '../../../core/snapshot/nodeSqlite.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import type { SnapshotResult } from '../../../core/snapshot/snapshot.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withNodeSqlite, withoutNodeSqlite } from '../../support/withoutNodeSqlite.js';

describe('copy made by SQLite itself', () => {
  const folder = useTemporaryFolder();
  const live = (): string => folder.join('features.db');
  let opened: unknown[][];
  let closed: number;
  let copies: string[];

  /** A stand-in for Node's SQLite: `copy` replaces its backup. */
  const sqlite = (copy: (target: string, turn: number) => void | Promise<void>): SqliteModule => {
    class Database {
      constructor(...given: unknown[]) {
        opened.push(given);
      }
      close(): void {
        closed += 1;
      }
    }
    return {
      DatabaseSync: Database as unknown as SqliteModule['DatabaseSync'],
      backup: async (_source, target, options) => {
        assert.deepEqual(options, { rate: 0x7fffffff });
        copies.push(target);
        await copy(target, copies.length);
        return 1;
      },
    };
  };
  const take = async (
    copy: (target: string, turn: number) => void | Promise<void>,
    ports: Ports = realPorts(),
  ): Promise<SnapshotResult | Inconsistency | undefined> =>
    await withNodeSqlite(sqlite(copy), async () => await takeNativeBackup(live(), ports, 2 ** 30));
  const sqliteError = (): Error => Object.assign(new Error('made by a test'), { code: 'ERR_SQLITE_ERROR' });
  const assertNoLeftovers = (): void => {
    for (const copy of copies) assert.equal(existsSync(dirname(copy)), false);
    assert.equal(isBeingBackedUpNatively(live()), false);
  };

  beforeEach(() => {
    opened = [];
    closed = 0;
    copies = [];
    makeFeatureDatabase(live(), { features: 3, passing: 1, journalMode: 'delete' });
  });

  it('uses a read-only connection and a private file, which is removed', async () => {
    const modes: number[] = [];
    const taken = await take((target) => {
      modes.push(statSync(dirname(target)).mode & 0o777, statSync(target).mode & 0o777);
      copyFileSync(live(), target);
      for (const suffix of ['-journal', '-wal', '-shm']) writeFileSync(target + suffix, '');
    });
    assert.ok(taken !== undefined && 'image' in taken);
    assert.deepEqual(taken.image, readFileSync(live()));
    assert.deepEqual([taken.origin, taken.fingerprint], ['sqlite', undefined]);
    assert.deepEqual(opened, [[live(), { readOnly: true, timeout: 2000 }]]);
    assert.deepEqual(modes, [0o700, 0o600]);
    assert.equal(closed, 1);
    assertNoLeftovers();
  });

  it('is undefined without SQLite in Node', async () => {
    assert.equal(await withoutNodeSqlite(async () => await takeNativeBackup(live(), realPorts(), 2 ** 30)), undefined);
  });

  it('is inconclusive if SQLite fails, and an error if anything else does', async () => {
    const error = sqliteError();
    const inconsistency = await take(() => {
      throw error;
    });
    assert.ok(inconsistency !== undefined && 'inconsistency' in inconsistency);
    assert.deepEqual([inconsistency.code, inconsistency.cause], ['database-busy', error]);
    assert.equal(closed, 1);
    assertNoLeftovers();
    await assert.rejects(
      take(() => {
        throw new TypeError('a bug');
      }),
      TypeError,
    );
    assertNoLeftovers();
  });

  it('is refused for a file that is not a database', async () => {
    await assert.rejects(
      take((target) => {
        writeFileSync(target, 'no database at all, but long enough to have a header'.repeat(20));
      }),
      (caught: unknown) => caught instanceof BackupError && caught.code === 'not-a-database',
    );
    assertNoLeftovers();
  });

  it('is not made twice at once, and no other code opens the database meanwhile', async () => {
    let other: SnapshotResult | Inconsistency | undefined;
    await take(async (target) => {
      assert.equal(isBeingBackedUpNatively(live()), true);
      assert.equal(isBeingBackedUpNatively(folder.join('other.db')), false);
      assert.throws(() => readFingerprint(live(), realPorts()), { code: 'database-busy', path: live() });
      await assert.rejects(takeSnapshot(live(), realPorts(), { timeoutMs: 20 }), { code: 'database-busy' });
      other = await takeNativeBackup(live(), realPorts(), 2 ** 30);
      copyFileSync(live(), target);
    });
    assert.ok(other !== undefined && 'inconsistency' in other && other.code === 'database-busy');
    assertNoLeftovers();
  });

  it('succeeds, with a warning, if its private files cannot be removed', async () => {
    const unlinkSync: FileSystem['unlinkSync'] = () => {
      throw systemError('EIO');
    };
    const warnings: string[] = [];
    const onWarning = (warning: string): unknown => warnings.push(warning);
    const ports = { ...realPorts(), files: { ...nodeFileSystem, unlinkSync }, onWarning };
    const taken = await take((target) => {
      copyFileSync(live(), target);
    }, ports);
    assert.ok(taken !== undefined && 'image' in taken);
    assert.match(warnings.join(), /EIO/);
    assert.equal(isBeingBackedUpNatively(live()), false);
    for (const copy of copies) nodeFileSystem.rmSync(dirname(copy), { recursive: true });
  });

  describe('for a snapshot of a busy database', () => {
    const snapshot = async (copy: (target: string, turn: number) => void) => {
      let ms = 0;
      const openSync: FileSystem['openSync'] = (path, ...rest) => {
        if (path === live()) throw systemError('EBUSY');
        return nodeFileSystem.openSync(path, ...rest);
      };
      const pause = async (): Promise<void> => {
        ms += 100;
        await Promise.resolve();
      };
      const system = { ...realSystem, monotonicMs: () => ms, pause };
      const ports = { ...realPorts(), files: { ...nodeFileSystem, openSync }, system };
      return await withNodeSqlite(sqlite(copy), async () => await takeSnapshot(live(), ports, { timeoutMs: 1000 }));
    };

    it('is tried three times', async () => {
      const { origin, attempts } = await snapshot((target, turn) => {
        if (turn < 3) throw sqliteError();
        copyFileSync(live(), target);
      });
      assert.deepEqual([origin, attempts, copies.length], ['sqlite', 14, 3]);
      copies = [];
      await assert.rejects(
        snapshot(() => {
          throw sqliteError();
        }),
        (error: unknown) => {
          assert.ok(error instanceof BackupError && error.code === 'database-busy');
          return (
            error.message.endsWith('SQLite could not copy the database either') &&
            error.hint?.startsWith('Other processes') === true
          );
        },
      );
      assert.equal(copies.length, 3);
      assertNoLeftovers();
    });
  });

  it('leaves no files beside the database', async () => {
    await take((target) => {
      copyFileSync(live(), target);
    });
    assert.deepEqual(readdirSync(folder.path), ['features.db']);
  });
});
