import assert from 'node:assert/strict';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { assess, findShrinkage, listBackups, planStartOver, startOver } from '../../../core/engine.js';
import type { Project } from '../../../core/project/project.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import type { RunRequest } from '../../support/runDriver.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('starting over', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('runDriver.ts');
  let project: Project;

  const keepOnly = (features: number) => sqlite3(project.databasePath, `DELETE FROM features WHERE id > ${features}`);
  const backUp = async () => await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
  const listed = async () => (await listBackups(project)).backups;
  const pinned = async () => (await listed()).filter(({ metadata }) => metadata?.pinned === true);
  /** Without the information that nothing is connected. */
  const codes = async () =>
    (await assess(project)).problems.map(({ code }) => code).filter((code) => code !== 'not-connected');

  beforeEach(async () => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(project.databasePath, { features: 100, passing: 40, journalMode: 'delete' });
    await backUp();
    sqlite3(project.databasePath, 'UPDATE features SET passes = 1 WHERE id = 41');
    await backUp();
  });

  it('after a reset backs up the new backlog, pins the newest large backup, and accepts the loss', async () => {
    keepOnly(12);
    assert.deepEqual(await codes(), ['database-shrunk']);
    const plan = await planStartOver(project);
    assert.deepEqual([plan.live?.total, plan.shrinkage?.toPin.counts.total], [12, 100]);
    const outcome = await startOver(project, { featureCount: plan.live?.total });
    assert.ok(outcome.status === 'accepted');
    assert.deepEqual([outcome.backup.counts.total, outcome.pinned?.counts.total], [12, 100]);
    assert.equal((await listed())[0]?.id, outcome.backup.id);
    assert.deepEqual(
      (await pinned()).map(({ id }) => id),
      [outcome.pinned?.id],
    );
    assert.deepEqual(await codes(), []);
  });

  it('before a reset backs up and pins the current backlog, and accepts nothing', async () => {
    sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
    assert.equal((await planStartOver(project)).shrinkage, undefined);
    const outcome = await startOver(project);
    assert.ok(outcome.status === 'prepared');
    assert.deepEqual(
      (await pinned()).map(({ id, counts }) => [id, counts.passing]),
      [[outcome.backup.id, 100]],
    );
    assert.equal(outcome.backup.metadata?.events.at(-1)?.reason, 'kept_before_starting_over');
    assert.equal(existsSync(join(project.storePath, '.acknowledged.json')), false);
    keepOnly(3);
    assert.deepEqual(await codes(), ['database-shrunk'], 'the earlier backups are not pinned');
    assert.equal((await startOver(project)).status, 'accepted');
    assert.deepEqual(await codes(), []);
  });

  it('accepts no more than the user has seen', async () => {
    keepOnly(40);
    const seen = (await planStartOver(project)).live?.total;
    keepOnly(5);
    await startOver(project, { featureCount: seen });
    assert.deepEqual(await codes(), ['database-shrunk']);
  });

  it('accepts no loss that happens after a plan without one', async () => {
    const seen = (await planStartOver(project)).live?.total;
    keepOnly(5);
    await startOver(project, { featureCount: seen });
    assert.deepEqual(await codes(), ['database-shrunk']);
  });

  it('refuses a damaged database, which it saves, and does not record a failed backup', async () => {
    writeFileSync(project.databasePath, Buffer.alloc(8192, 0x55));
    await assert.rejects(
      startOver(project),
      (error) => error instanceof BackupError && error.code === 'database-damaged',
    );
    assert.deepEqual(await codes(), ['database-damaged']);
    assert.deepEqual(await pinned(), []);
    assert.ok((await listed()).some(({ kind }) => kind === 'emergency'));
  });

  it('is finished by another run after a kill at each file system change', async () => {
    keepOnly(12);
    cpSync(project.root, folder.join('start'), { recursive: true });
    let killCount = 0;
    for (let at = 1; ; at += 1) {
      const context = `killed at change ${at}`;
      const request: RunRequest = {
        ...{ command: 'start-over', root: project.root, retention: {}, nowMs: Date.now() },
        stop: { at, how: 'kill' },
      };
      const { code, signal, stderr } = await driver.start(request).ended;
      if (code === 0) break;
      assert.equal(signal, 'SIGKILL', stderr);
      killCount += 1;
      assert.ok((await listed()).some(isLarge), context);
      await startOver(project);
      assert.equal(await findShrinkage(project), undefined, context);
      assert.deepEqual(await codes(), [], context);
      assert.ok((await pinned()).some(isLarge), context);
      assert.equal((await listed())[0]?.counts.total, 12, context);
      rmSync(project.root, { recursive: true });
      cpSync(folder.join('start'), project.root, { recursive: true });
    }
    assert.ok(killCount > 20, String(killCount));
  });
});

function isLarge({ counts }: Backup): boolean {
  return counts.total === 100;
}
