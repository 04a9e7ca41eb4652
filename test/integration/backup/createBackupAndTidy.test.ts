import assert from 'node:assert/strict';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { acknowledgeShrinkage } from '../../../core/retention/acknowledge.js';
import { readCatalog, prepareStore } from '../../../core/store/openStore.js';
import { realPorts } from '../../../core/system/ports.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const MIB = 1024 * 1024;

describe('compression during a backup', () => {
  const folder = useTemporaryFolder();

  it('compresses one old backup at a time, the oldest first, and none above 8 MiB', async () => {
    const base = testProject(folder.path);
    const project = { ...base, configuration: { ...base.configuration, compression: { afterDays: 7 } } };
    const ports = realPorts();
    prepareStore(project, ports);
    const sizes = { large: 8 * MIB + 1, medium: 8 * MIB, small: 5000 };
    for (const [index, [name, sizeBytes]] of Object.entries(sizes).entries()) {
      const path = join(project.storePath, `features_${name}.db`);
      writeFileSync(path, Buffer.alloc(sizeBytes, name));
      const at = new Date(Date.UTC(2025, 0, 1 + index));
      utimesSync(path, at, at);
    }
    const compressed: string[][] = [];
    for (let passing = 0; passing < 3; passing += 1) {
      rmSync(project.databasePath, { force: true });
      makeFeatureDatabase(project.databasePath, { features: 3, passing, journalMode: 'delete' });
      const outcome = await createBackup(project, MANUAL, ports);
      assert.ok(outcome.status === 'created');
      assert.equal(outcome.pruneProblem, undefined);
      compressed.push(
        readCatalog(project, ports)
          .backups.flatMap((one) => (one.compressed ? [one.id] : []))
          .sort(),
      );
    }
    const [medium, small] = ['features_medium', 'features_small'];
    assert.deepEqual(compressed, [[medium], [medium, small], [medium, small]]);
    assert.equal(readFileSync(join(project.storePath, 'features_large.db')).length, sizes.large);
  });
});

describe('pruning during a backup', () => {
  const folder = useTemporaryFolder();

  it('pauses while the database has shrunk, until the user acknowledges the loss', async () => {
    const project = testProject(folder.path, { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    const ports = realPorts();
    const backUp = async (features: number) => {
      rmSync(project.databasePath, { force: true });
      makeFeatureDatabase(project.databasePath, { features, passing: 0, journalMode: 'delete' });
      const outcome = await createBackup(project, MANUAL, ports);
      assert.ok(outcome.status === 'created');
      return [outcome.pruningPaused, outcome.pruned.length];
    };
    assert.deepEqual(await backUp(20), [undefined, 0]);
    assert.deepEqual(await backUp(5), ['database-shrunk', 0]);
    await acknowledgeShrinkage(project, { pin: false }, ports);
    assert.deepEqual(await backUp(6), [undefined, 2]);
  });
});
