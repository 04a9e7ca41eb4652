import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { observeLive } from '../../../core/live/liveCondition.js';
import { isBackedUp } from '../../../core/live/detectLiveState.js';
import { readComparisonSide } from '../../../core/vault/selectState.js';
import { restoreBackup } from '../../../core/restore/restoreBackup.js';
import { restoreFeatures } from '../../../core/restore/restoreFeatures.js';
import { planSalvage } from '../../../core/restore/salvage.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { liveDatabasePath } from '../../../core/project/liveDatabase.js';
import { resolveFutureProject } from '../../../core/project/resolveFutureProject.js';
import { realPath } from '../../../core/project/safePaths.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { copyLiveFile } from '../../../core/system/files/copyLiveFile.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const ports = realPorts();
const UNSAFE = { code: 'unsafe-path' };

describe('the path of the live database', () => {
  const folder = useTemporaryFolder();

  function file(...parts: string[]): string {
    const path = folder.join(...parts);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    return path;
  }

  it('is the real one, even if the project is reached through a link', () => {
    const database = file('real', 'data', 'features.db');
    symlinkSync('data/features.db', folder.join('real', 'features.db'));
    symlinkSync('real', folder.join('shop'));
    assert.equal(liveDatabasePath(testProject(folder.join('shop')), ports), database);
  });

  it('is known for a missing database, also behind a link', () => {
    mkdirSync(folder.join('shop'));
    assert.equal(liveDatabasePath(testProject(folder.join('shop')), ports), folder.join('shop', 'features.db'));
    symlinkSync('later/backlog.db', folder.join('shop', 'features.db'));
    assert.equal(liveDatabasePath(testProject(folder.join('shop')), ports), folder.join('shop', 'later', 'backlog.db'));
  });

  it('is checked by the real location of a missing target, not by its name', () => {
    // shop/a/b/up leads to shop itself, so "../x" from there leaves the project although the path does not suggest it.
    mkdirSync(folder.join('shop', 'a', 'b'), { recursive: true });
    symlinkSync('../..', folder.join('shop', 'a', 'b', 'up'));
    symlinkSync('../x', folder.join('shop', 'features.db'));
    const project = { ...testProject(folder.join('shop')), databasePath: folder.join('shop/a/b/up/features.db') };
    assert.throws(() => liveDatabasePath(project, ports), UNSAFE);
    assert.equal(realPath(project.databasePath, ports), folder.join('x'));
  });

  it('is refused for circular links, also through a missing name', () => {
    mkdirSync(folder.join('shop'));
    for (const target of ['features.db', 'missing/../features.db']) {
      rmSync(folder.join('shop', 'features.db'), { force: true });
      symlinkSync(target, folder.join('shop', 'features.db'));
      assert.throws(() => liveDatabasePath(testProject(folder.join('shop')), ports), UNSAFE);
    }
  });

  it('is checked again at every use, because a link may have been added', async () => {
    const live = folder.join('shop', 'features.db');
    makeFeatureDatabase(live, { features: 4, passing: 1 });
    const project = await findProject(folder.join('shop'), ports);
    const trigger = { source: 'cli', reason: 'manual' } as const;
    await createBackup(project, trigger, ports);
    const catalog = readCatalog(project, ports);
    const [backup] = catalog.backups;
    assert.ok(backup);
    renameSync(live, folder.join('shop.db'));
    symlinkSync('../shop.db', live);
    const before = readFileSync(folder.join('shop.db'));
    const uses: Readonly<Record<string, () => unknown>> = {
      backup: () => createBackup(project, trigger, ports),
      restore: () => restoreBackup(project, backup, {}, ports),
      plan: () => restoreBackup(project, backup, { dryRun: true }, ports),
      features: () => restoreFeatures(project, backup, [1], {}, ports),
      salvage: () => planSalvage(project, backup, ports),
      compare: () => readComparisonSide(project, undefined, ports),
      status: () => observeLive(project, catalog, ports),
      watch: () => isBackedUp(project, catalog, ports),
      open: () => findProject(folder.join('shop'), ports),
      'open by its file': () => findProject(live, ports),
      'restore from a target': () => resolveFutureProject(folder.join('shop'), 'features.db', ports),
    };
    for (const [name, use] of Object.entries(uses)) {
      await assert.rejects(async () => await use(), UNSAFE, name);
    }
    assert.deepEqual(readFileSync(folder.join('shop.db')), before);
    assert.equal(readdirSync(project.storePath).filter((entry) => entry.endsWith('.db')).length, 1);
  });

  it('is refused for a database fetched from a target if it would be created behind a link', async () => {
    mkdirSync(folder.join('outside'));
    mkdirSync(folder.join('shop'));
    symlinkSync(folder.join('outside'), folder.join('shop', '.autoforge'));
    await assert.rejects(resolveFutureProject(folder.join('shop'), '.autoforge/features.db', ports), UNSAFE);
  });

  it('is opened by a snapshot and a copy without following a link added later', async () => {
    const live = folder.join('features.db');
    makeFeatureDatabase(live, { features: 4, passing: 1, leave: 'wal' });
    renameSync(`${live}-wal`, folder.join('elsewhere'));
    symlinkSync('elsewhere', `${live}-wal`);
    await assert.rejects(takeSnapshot(live, ports), UNSAFE);
    assert.throws(() => copyLiveFile(`${live}-wal`, folder.join('copy'), ports.files), { code: 'ELOOP' });
    assert.deepEqual(readdirSync(folder.path).includes('copy'), false);
  });
});
