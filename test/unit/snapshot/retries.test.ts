import assert from 'node:assert/strict';
import nodeFileSystem, { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withoutNodeSqlite } from '../../support/withoutNodeSqlite.js';

const START_MS = 10_000;
const ROWS = `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 100)`;

describe('retries of a snapshot', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();
  const path = (): string => folder.join('features.db');
  beforeEach(() => {
    createUncleanDatabase(path(), ROWS);
  });

  /** Ports on whose clock each pause takes `pauseMs`, or as long as requested; opening attempt `n` fails with `codeOf(n)`. */
  const failing = (codeOf: (attempt: number) => string | undefined, pauseMs?: number, random = 0) => {
    const pauses: number[] = [];
    let nowMs = START_MS;
    const pause = async (ms: number): Promise<void> => {
      pauses.push(ms);
      nowMs += pauseMs ?? ms;
      await Promise.resolve();
    };
    const files = interferingFiles(({ name, path: at, turn }) => {
      const code = name === 'open' && at === path() ? codeOf(turn) : undefined;
      if (code !== undefined) throw systemError(code);
    });
    const system = { ...realSystem, random: () => random, monotonicMs: () => nowMs, pause };
    const ports: Ports = { ...realPorts(), files, system };
    return { pauses, ports };
  };

  it('follow every temporary error of the system', async () => {
    for (const code of ['EBUSY', 'EAGAIN', 'ESTALE', 'EACCES', 'EPERM']) {
      const { ports } = failing((attempt) => (attempt === 1 ? code : undefined));
      assert.equal((await takeSnapshot(path(), ports)).attempts, 2, code);
    }
  });

  it('do not follow other errors of the system', async () => {
    const { ports, pauses } = failing(() => 'EIO');
    await assert.rejects(takeSnapshot(path(), ports), { name: 'BackupError', code: 'io' });
    assert.deepEqual(pauses, []);
  });

  it('end with the code of the error that persists', async () => {
    for (const [code, expected] of [
      ['EAGAIN', 'database-busy'],
      ['ESTALE', 'database-busy'],
      ['EPERM', 'permission-denied'],
    ] as const) {
      const { ports } = failing(() => code, 100);
      await withoutNodeSqlite(async () => {
        await assert.rejects(takeSnapshot(path(), ports), { code: expected });
      });
    }
  });

  it('of an error that waiting cannot fix end after half a second', async () => {
    const { ports, pauses } = failing(() => 'EACCES', 100);
    await assert.rejects(takeSnapshot(path(), ports), { code: 'permission-denied' });
    assert.equal(pauses.length, 5);
  });

  it('of such an error are at least four, however slow they are', async () => {
    const { ports, pauses } = failing(() => 'EACCES', 600);
    await assert.rejects(takeSnapshot(path(), ports), { code: 'permission-denied' });
    assert.equal(pauses.length, 4);
  });

  it('of such an error count from its first occurrence', async () => {
    const { ports, pauses } = failing((attempt) => (attempt <= 10 ? 'EBUSY' : 'EACCES'), 100);
    await assert.rejects(takeSnapshot(path(), ports), { code: 'permission-denied' });
    assert.equal(pauses.length, 10 + 5);
  });

  it('follow after a pause of random length, up to twice the shortest', async () => {
    for (const [random, first] of [
      [0, 0.1],
      [1, 0.2],
    ] as const) {
      const { ports, pauses } = failing((attempt) => (attempt < 3 ? 'EBUSY' : undefined), undefined, random);
      await takeSnapshot(path(), ports);
      assert.deepEqual(pauses, [first, 2 * first]);
    }
  });

  it('continue until the signal is aborted', async () => {
    const { signal } = new AbortController();
    const { ports } = failing((attempt) => (attempt < 3 ? 'EBUSY' : undefined));
    assert.equal((await takeSnapshot(path(), ports, { signal })).attempts, 3);
  });

  it('follow a read that ends too early beside a write-ahead log', async () => {
    rmSync(path());
    createUncleanDatabase(
      path(),
      `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}\nc.execute('PRAGMA wal_checkpoint(TRUNCATE)')\nfill(500, 1)`,
    );
    let isShort = false;
    const files = interferingFiles(({ name, path: at, turn }) => {
      isShort = name === 'read' && at === path() && turn >= 2 && turn <= 3;
    });
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const count = files.readSync(descriptor, bytes, offset, length, position);
      return isShort ? 0 : count;
    }) as FileSystem['readSync'];
    const { image, attempts } = await takeSnapshot(path(), { ...realPorts(), files: { ...files, readSync } });
    assert.equal(attempts, 2);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path()));
  });

  it('follow a rollback journal that appears beside a write-ahead log', async () => {
    rmSync(path());
    createUncleanDatabase(path(), `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
    const journal = `${path()}-journal`;
    const files = interferingFiles(({ name, path: at, turn }) => {
      if (name !== 'open' || at !== journal) return;
      if (turn === 2) writeFileSync(journal, 'x');
      if (turn === 3) rmSync(journal);
    });
    assert.equal((await takeSnapshot(path(), { ...realPorts(), files })).attempts, 2);
  });

  it('wait for the end of the first transaction of a new database', async () => {
    renameSync(path(), folder.join('committed.db'));
    writeFileSync(path(), '');
    const header = Buffer.alloc(512);
    Buffer.from('d9d505f920a163d7', 'hex').copy(header);
    header.writeUInt32BE(512, 20);
    header.writeUInt32BE(4096, 24);
    const journal = `${path()}-journal`;
    writeFileSync(journal, header);
    const files = interferingFiles(({ name, path: at, turn }) => {
      if (name !== 'open' || at !== path() || turn !== 2) return;
      renameSync(folder.join('committed.db'), path());
      rmSync(journal);
    });
    const { image, attempts } = await takeSnapshot(path(), { ...realPorts(), files });
    assert.equal(attempts, 2);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path()));
  });

  it('are not needed if a running transaction has overwritten the header', async () => {
    rmSync(path());
    createUncleanDatabase(path(), `${ROWS}\nc.execute('PRAGMA cache_size=4')\nc.execute('BEGIN')\nfill(500, 500)`);
    assert.ok(readFileSync(`${path()}-journal`).length > 4096);
    const bytes = readFileSync(path());
    bytes.fill(0, 0, 100);
    writeFileSync(path(), bytes);
    const { image, attempts } = await takeSnapshot(path(), realPorts());
    assert.equal(attempts, 1);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path()));
  });
});

describe('snapshot of a path', () => {
  const folder = useTemporaryFolder();

  it('below a file is refused as missing', async () => {
    writeFileSync(folder.join('file'), '');
    await assert.rejects(takeSnapshot(folder.join('file', 'features.db'), realPorts()), { code: 'database-not-found' });
  });

  it('is refused with its own code if the links cannot be resolved', async () => {
    const realpathSync = (() => {
      throw systemError('EACCES');
    }) as unknown as FileSystem['realpathSync'];
    const ports = { ...realPorts(), files: { ...nodeFileSystem, realpathSync } };
    await assert.rejects(takeSnapshot(folder.join('features.db'), ports), { code: 'permission-denied' });
  });

  it('to a large file that is not a database is refused after its header is read', async () => {
    writeFileSync(folder.join('large'), 'no database');
    truncateSync(folder.join('large'), 1_000_000);
    let readBytes = 0;
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const count = nodeFileSystem.readSync(descriptor, bytes, offset, length, position);
      readBytes += count;
      return count;
    }) as FileSystem['readSync'];
    const ports = { ...realPorts(), files: { ...nodeFileSystem, readSync } };
    await assert.rejects(takeSnapshot(folder.join('large'), ports), { code: 'not-a-database' });
    assert.equal(readBytes, 100);
  });
});
