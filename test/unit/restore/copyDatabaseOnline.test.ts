import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { copyDatabaseOnline } from '../../../core/restore/copyDatabaseOnline.js';
import { isBusy, sqliteResultCode } from '../../../core/restore/sqliteErrors.js';
import type { SqliteConnection, SqliteModule } from '../../../core/snapshot/nodeSqlite.js';
import { BackupError } from '../../../core/system/errors.js';

const sqliteError = (errcode: number, message = 'made by a test'): Error =>
  Object.assign(new Error(message), { errcode });

describe('copying a whole database through SQLite', () => {
  const now = Date.now.bind(Date);
  let nowMs = 0;
  let calls: unknown[][];
  let closed = 0;

  /** A stand-in for Node's SQLite, whose locks a test cannot hold for half a minute. */
  const sqlite = (attempt: (turn: number) => void): SqliteModule => {
    class Source implements Partial<SqliteConnection> {
      constructor(...given: unknown[]) {
        calls.push(['open', ...given]);
      }
      close(): void {
        closed += 1;
      }
    }
    let turn = 0;
    return {
      DatabaseSync: Source as unknown as SqliteModule['DatabaseSync'],
      backup: async (source, path, options) => {
        assert.ok(source instanceof Source);
        calls.push(['backup', path, options]);
        turn += 1;
        attempt(turn);
        return await Promise.resolve(1);
      },
    };
  };
  const restore = async (attempt: (turn: number) => void): Promise<void> => {
    await copyDatabaseOnline('/live.db', '/staged', sqlite(attempt));
  };
  const attempts = (): number => calls.filter(([name]) => name === 'backup').length;
  const fails =
    (code: string, message: RegExp) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof BackupError);
      assert.match(error.message, message);
      assert.equal(error.path, '/live.db');
      return error.code === code;
    };

  beforeEach(() => {
    nowMs = 1_000_000;
    calls = [];
    closed = 0;
    Date.now = () => nowMs;
  });
  afterEach(() => {
    Date.now = now;
  });

  it('takes one step, from a read-only source that is closed again', async () => {
    await restore(() => undefined);
    assert.deepEqual(calls, [
      ['open', '/staged', { readOnly: true }],
      ['backup', '/live.db', { rate: 2 ** 31 - 1 }],
    ]);
    assert.equal(closed, 1);
  });

  it('is retried while others have the database locked', async () => {
    const busy = [sqliteError(5), sqliteError(6), sqliteError(0), sqliteError(5 | (1 << 8)), new Error('not an error')];
    await restore((turn) => {
      const error = busy[turn - 1];
      if (error !== undefined) throw error;
    });
    assert.equal(attempts(), 6);
    assert.equal(closed, 1);
  });

  it('is given up after half a minute', async () => {
    const began = nowMs;
    await assert.rejects(
      restore((turn) => {
        nowMs = began + (turn === 1 ? 30_000 : 30_001);
        throw sqliteError(5);
      }),
      fails('database-busy', /kept the live database locked/),
    );
    assert.equal(attempts(), 2);
    assert.equal(closed, 1);
  });

  it('fails at once if waiting cannot help', async () => {
    await assert.rejects(
      restore(() => {
        throw sqliteError(13, 'database or disk is full');
      }),
      fails('disk-full', /SQLite could not write the live database: database or disk is full/),
    );
    assert.equal(attempts(), 1);
    assert.equal(closed, 1);
  });

  it('waits for increasing but short times', async () => {
    const waits: number[] = [];
    const began = now();
    let last = began;
    await restore((turn) => {
      waits.push(now() - last);
      last = now();
      if (turn < 12) throw sqliteError(5);
    });
    // 2, 4, 8, 16, 32, then 50 ms, each varied by up to half.
    assert.ok(last - began >= 150, waits.join());
  });
});

describe('SQLite error', () => {
  it('has a primary code, whatever the extended one adds', () => {
    assert.equal(sqliteResultCode(sqliteError(5 | (2 << 8))), 5);
    assert.equal(sqliteResultCode(sqliteError(11)), 11);
    for (const other of [new Error('x'), Object.assign(new Error('x'), { errcode: '5' }), { errcode: 5 }, undefined])
      assert.equal(sqliteResultCode(other), undefined);
  });

  it('is busy or locked in every form that SQLite reports', () => {
    for (const error of [sqliteError(0), sqliteError(5), sqliteError(6), new Error('not an error')])
      assert.ok(isBusy(error));
    for (const error of [sqliteError(1), sqliteError(11), new Error('other'), 'not an error', undefined])
      assert.ok(!isBusy(error));
  });
});
