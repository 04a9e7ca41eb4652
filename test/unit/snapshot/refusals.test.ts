import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type { BackupErrorCode } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withoutNodeSqlite } from '../../support/withoutNodeSqlite.js';
import { SeededChoice } from '../../torture/seededChoice.js';

const SOME_ROWS = `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
c.execute('BEGIN'); fill(0, 200); c.execute('COMMIT')`;

describe('snapshot of an incomplete database', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  const expectRefusal = async (path: string, code: BackupErrorCode): Promise<void> => {
    await assert.rejects(takeSnapshot(path, realPorts()), { name: 'BackupError', code });
  };
  const changedDatabase = (change: (bytes: Buffer) => Buffer): string => {
    const path = folder.join('features.db');
    rmSync(path, { force: true });
    createUncleanDatabase(path, SOME_ROWS);
    writeFileSync(path, change(readFileSync(path)));
    return path;
  };

  it('is refused for a missing file or folder, and for a dangling link', async () => {
    await expectRefusal(folder.join('none.db'), 'database-not-found');
    await expectRefusal(folder.join('none', 'none.db'), 'database-not-found');
    symlinkSync(folder.join('gone.db'), folder.join('link.db'));
    await expectRefusal(folder.join('link.db'), 'database-not-found');
    writeFileSync(folder.join('file'), 'x');
    await expectRefusal(folder.join('file', 'features.db'), 'database-not-found');
  });

  it('is refused for an empty file', async () => {
    writeFileSync(folder.join('features.db'), '');
    await expectRefusal(folder.join('features.db'), 'database-empty');
  });

  for (const [what, content] of [
    ['text', 'These are my features.\n'.repeat(1000)],
    ['a short text', 'x'],
    ['noise', Buffer.from(Array.from({ length: 8192 }, (_, index) => (index * 7919 + (index >> 3)) & 0xff))],
    ['zeros', Buffer.alloc(8192)],
  ] as const) {
    it(`is refused for ${what}`, async () => {
      writeFileSync(folder.join('features.db'), content);
      await expectRefusal(folder.join('features.db'), 'not-a-database');
    });
  }

  it('is refused for a folder and, without waiting for its writer, for a named pipe', async () => {
    mkdirSync(folder.join('features.db'));
    await expectRefusal(folder.join('features.db'), 'not-a-database');
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [folder.join('pipe.db')]);
    await expectRefusal(folder.join('pipe.db'), 'not-a-database');
  });

  it('is refused for an impossible page size, and for one that exceeds the file', async () => {
    const withPageSize = (stored: number): string =>
      changedDatabase((bytes) => {
        bytes.writeUInt16BE(stored, 16);
        return bytes;
      });
    await expectRefusal(withPageSize(1000), 'not-a-database');
    await expectRefusal(withPageSize(0), 'not-a-database');
    await expectRefusal(withPageSize(8192), 'database-damaged');
  });

  it('is refused for a future format', async () => {
    await expectRefusal(
      changedDatabase((bytes) => bytes.fill(3, 19, 20)),
      'unknown-format',
    );
  });

  it('is refused if the file is truncated anywhere', async () => {
    const choice = new SeededChoice('cut database');
    for (let turn = 0; turn < 6; turn += 1) {
      const path = changedDatabase((bytes) => bytes.subarray(0, choice.between(100, bytes.length - 1)));
      await expectRefusal(path, 'database-damaged');
    }
    await expectRefusal(
      changedDatabase((bytes) => bytes.subarray(0, 99)),
      'not-a-database',
    );
  }).timeout(30_000);

  it('is refused immediately for a file beyond the limit', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, SOME_ROWS);
    truncateSync(path, 2 * 2 ** 30);
    await expectRefusal(path, 'too-large');
    await assert.rejects(takeSnapshot(path, realPorts(), { maxSizeBytes: 4096 }), { code: 'too-large' });
  });

  it('is refused for a small database whose log makes it larger than the limit', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `c.execute('PRAGMA journal_mode=WAL')\n${SOME_ROWS}`);
    await assert.rejects(takeSnapshot(path, realPorts(), { maxSizeBytes: 40_000 }), { code: 'too-large' });
  });

  it('is refused promptly if reading is not permitted', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, SOME_ROWS);
    const files = interferingFiles(({ name }) => {
      if (name === 'open') throw systemError('EACCES');
    });
    await assert.rejects(takeSnapshot(path, { ...realPorts(), files }), { code: 'permission-denied' });
  });

  it('is taken once a temporary error has passed', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, SOME_ROWS);
    const files = interferingFiles(({ name, path: at, turn }) => {
      if (name === 'open' && at === path && turn < 4) throw systemError(turn === 1 ? 'EBUSY' : 'EACCES');
    });
    const { image, attempts } = await takeSnapshot(path, { ...realPorts(), files });
    assert.equal(attempts, 4);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('fails as busy after the time limit, and as cancelled if it is cancelled', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, SOME_ROWS);
    const controller = new AbortController();
    const files = interferingFiles(({ name, path: at, turn }) => {
      if (name === 'open' && at === path) {
        if (turn === 10) controller.abort();
        throw systemError('EBUSY');
      }
    });
    const ports = { ...realPorts(), files };
    await assert.rejects(takeSnapshot(path, ports, { signal: controller.signal }), { code: 'cancelled' });
    await withoutNodeSqlite(async () => {
      await assert.rejects(takeSnapshot(path, ports, { timeoutMs: 20 }), { code: 'database-busy' });
    });
  });

  it('passes on programming errors', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, SOME_ROWS);
    const files = interferingFiles(() => {
      throw new TypeError('a bug');
    });
    await assert.rejects(takeSnapshot(path, { ...realPorts(), files }), TypeError);
  });
});
