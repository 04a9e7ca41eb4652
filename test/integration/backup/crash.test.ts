import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import type { BackupRequest } from '../../support/backupDriver.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { stoppingFiles, type Stop } from '../../support/stoppingFiles.js';
import { assertNoLeftovers, StoreProof } from '../../support/storeProof.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const RETENTION = { keepLast: 2, keepDaily: 0, keepWeekly: 0 };
const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('backup stopped at any change of the file system', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('backupDriver.ts');

  /** A project of 8 features without backups. */
  const neverBackedUp = (): string => {
    const root = folder.join('prepared');
    makeFeatureDatabase(`${root}/features.db`, { features: 8, passing: 1, journalMode: 'delete' });
    return root;
  };

  /** Two existing states, and a third to be backed up, after which the oldest is pruned. */
  const prepareForPruning = async (): Promise<string> => {
    const root = neverBackedUp();
    for (const passing of [2, 3]) {
      await createBackup(testProject(root, RETENTION), MANUAL, realPorts());
      setPassing(root, passing);
    }
    return root;
  };

  const changesOf = async (start: string): Promise<readonly string[]> => {
    const root = folder.join('counted');
    cpSync(start, root, { recursive: true, preserveTimestamps: true });
    const { files, calls } = stoppingFiles();
    await createBackup(testProject(root, RETENTION), MANUAL, { ...realPorts(), files });
    return calls;
  };

  const killed = async (root: string, stop: Stop): Promise<void> => {
    const request: BackupRequest = { root, retention: RETENTION, stop };
    const { signal, stderr, stdout } = await driver.start(request).ended;
    assert.equal(signal, 'SIGKILL', stderr + stdout);
  };

  const failed = async (root: string, stop: Stop): Promise<void> => {
    const ports: Ports = { ...realPorts(), files: stoppingFiles(stop).files };
    try {
      // If only the clean-up failed, the backup itself succeeds.
      await createBackup(testProject(root, RETENTION), MANUAL, ports);
    } catch (error) {
      const expected = stop.how === 'ENOSPC' ? 'disk-full' : 'io';
      assert.ok(error instanceof BackupError && error.code === expected, `change ${stop.at}: ${String(error)}`);
    }
  };

  const stopAtEach = async (
    start: string,
    stops: readonly Stop[],
    run: (root: string, stop: Stop) => Promise<void>,
  ): Promise<void> => {
    const proof = new StoreProof(folder.join('scratch'));
    assert.ok(stops.length > 5, `only ${stops.length} stops`);
    for (const stop of stops) {
      const context = `${stop.how} at change ${stop.at}`;
      const root = folder.join(`stopped-${stop.at}`);
      cpSync(start, root, { recursive: true, preserveTimestamps: true });
      const project = testProject(root, RETENTION);
      await run(root, stop);
      proof.add(project, context);

      const next = await createBackup(project, MANUAL, realPorts());
      assert.ok(next.status !== 'damaged', context);
      assert.equal(readCatalog(project, realPorts()).newest?.id, next.backup.id, context);
      proof.add(project, `${context}, recovered`);
      assertNoLeftovers(project);
      const states = readCatalog(project, realPorts()).backups.map((backup) => backup.metadata?.sha256);
      assert.equal(new Set(states).size, states.length, `${context}: a state is there twice`);
    }
    proof.finish();
  };

  const everywhere = async (start: string, how: Omit<Stop, 'at'>): Promise<Stop[]> =>
    (await changesOf(start)).map((_, index) => ({ ...how, at: index + 1 }));

  it('is completed by the next run after a SIGKILL, in a new store', async () => {
    const start = neverBackedUp();
    await stopAtEach(start, await everywhere(start, { how: 'kill' }), killed);
  });

  it('is completed by the next run after a SIGKILL, with pruning', async () => {
    const start = await prepareForPruning();
    await stopAtEach(start, await everywhere(start, { how: 'kill' }), killed);
  });

  it('is completed by the next run after a SIGKILL in the middle of a write', async () => {
    const start = neverBackedUp();
    const writes = (await changesOf(start))
      .map((call, index) => ({ call, at: index + 1, how: 'half' as const }))
      .filter(({ call }) => call.startsWith('writeSync'));
    // The lock, `.gitignore`, the image and the metadata; in the state folder a lock and the record.
    assert.equal(writes.length, 6);
    const opening = (await everywhere(start, { how: 'half' })).slice(0, 4);
    await stopAtEach(start, [...opening, ...writes.filter(({ at }) => at > 4)], killed);
  });

  it('fails with its own error and leaves an intact store if one operation fails', async () => {
    const start = await prepareForPruning();
    await stopAtEach(start, await everywhere(start, { how: 'EIO' }), failed);
  });

  it('fails with its own error if the disk is full from some point on', async () => {
    const start = await prepareForPruning();
    await stopAtEach(start, await everywhere(start, { how: 'ENOSPC', lasting: true }), failed);
  });

  it('prunes only after the new backup, the archived states and their names are synced', async () => {
    const calls = await changesOf(await prepareForPruning());
    const published = calls.findIndex((call) => /^linkSync .*features_8_.*\.db$/.test(call));
    const pruned = calls.findIndex((call) => /^(unlinkSync .*features_8_.*\.db|renameSync .*-base\.db)$/.test(call));
    assert.ok(published >= 0 && pruned > published, calls.join('\n'));
    assert.equal(calls.slice(0, published).filter(isSync).length, 2);
    // The new names; the history's first segment, and its name.
    assert.equal(calls.slice(published, pruned).filter(isSync).length, 3);
  });

  it('is published only after its content is synced, however long that takes', async () => {
    const root = neverBackedUp();
    const { files } = realPorts();
    const changesMade: string[] = [];
    const slow = {
      ...files,
      fsync: ((descriptor, callback) => {
        setTimeout(() => {
          files.fsync(descriptor, (error) => {
            changesMade.push('synced');
            callback(error);
          });
        }, 100);
      }) as typeof files.fsync,
      linkSync: (from: string, to: string) => {
        if (to.endsWith('.db')) changesMade.push('named');
        files.linkSync(from, to);
      },
    };
    await createBackup(testProject(root, RETENTION), MANUAL, { ...realPorts(), files: slow as Ports['files'] });
    assert.deepEqual(changesMade, ['synced', 'named']);
  });
});

function isSync(call: string): boolean {
  return call.startsWith('fsync');
}

function setPassing(root: string, passing: number): void {
  runPython(SET_PASSING, [`${root}/features.db`, passing.toString()]);
}

const SET_PASSING = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('UPDATE features SET passes = id <= ?', [int(sys.argv[2])])
c.commit()
`;
