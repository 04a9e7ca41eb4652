import assert from 'node:assert/strict';
import nodeFileSystem, { truncateSync, utimesSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const UPTIME_MS = 60_000;

describe('index of a write-ahead log that has lost commits', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('features.db');
  const nowMs = Date.UTC(2026, 0, 25, 12);
  const portsWith = (files: FileSystem = nodeFileSystem): Ports => ({
    ...realPorts(),
    files,
    now: () => new Date(nowMs),
    system: { ...realSystem, uptimeMs: () => UPTIME_MS },
  });
  const written = (atMs: number): void => {
    utimesSync(`${path()}-shm`, atMs / 1000, atMs / 1000);
  };
  const isTrusted = async (ports = portsWith()): Promise<boolean> => {
    try {
      await takeSnapshot(path(), ports);
      return false;
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'database-damaged');
      return true;
    }
  };
  beforeEach(() => {
    createUncleanDatabase(
      path(),
      `c.execute('PRAGMA journal_mode=WAL')\nc.execute('PRAGMA wal_autocheckpoint=0')
c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 50)\nfill(100, 50)`,
    );
    truncateSync(`${path()}-wal`, 32 + 24 + 4096);
  });

  it('is trusted if it was written since the system started, because it is in use', async () => {
    for (const atMs of [nowMs - UPTIME_MS, nowMs - 1000, nowMs, nowMs + 2000]) {
      written(atMs);
      assert.equal(await isTrusted(), true, new Date(atMs).toISOString());
    }
  });

  it('is not trusted if it is older, or from the future', async () => {
    for (const atMs of [nowMs - UPTIME_MS - 5, nowMs - 10 * UPTIME_MS, nowMs + 2005, nowMs + 3_600_000]) {
      written(atMs);
      assert.equal(await isTrusted(), false, new Date(atMs).toISOString());
    }
  });

  it('is trusted if it no longer exists when its age is checked', async () => {
    written(nowMs - 10 * UPTIME_MS);
    const statSyncOf = new Proxy(nodeFileSystem.statSync, {
      apply: (target, _this, args: Parameters<typeof nodeFileSystem.statSync>) =>
        String(args[0]).endsWith('-shm') ? undefined : target(...args),
    });
    assert.equal(await isTrusted(portsWith({ ...nodeFileSystem, statSync: statSyncOf })), true);
  });
});
