import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import {
  acknowledgeShrinkage,
  cleanUp,
  findShrinkage,
  projectSummary,
  pin,
  revokeAcknowledgement,
} from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts } from '../../../core/system/ports.js';
import { type Project } from '../../../core/project/project.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('acknowledgement of a shrunk live database', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;

  beforeEach(async () => {
    project = testProject(folder.join('shop'), { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    makeFeatureDatabase(project.databasePath, { features: 100, passing: 0, journalMode: 'delete' });
    for (let passing = 1; passing <= 3; passing += 1) {
      // Pinned at first, so all of them exist; then unpinned for retention.
      sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${passing.toString()}`);
      await createBackup(
        { ...project, configuration: { ...project.configuration, retention: KEEP_ALL } },
        MANUAL,
        realPorts(),
      );
    }
    keepOnly(20);
  });

  const keepOnly = (features: number) =>
    sqlite3(project.databasePath, `DELETE FROM features WHERE id > ${features.toString()}`);
  const listed = () => readCatalog(project, realPorts()).backups;
  const condition = async () => (await projectSummary(project)).live?.condition;
  const backUp = async () => {
    const outcome = await createBackup(project, MANUAL, realPorts());
    assert.ok(outcome.status === 'created');
    return outcome;
  };

  it('resumes pruning by the rules, and pins the newest large backup', async () => {
    assert.equal((await backUp()).pruningPaused, 'database-shrunk');
    assert.deepEqual((await cleanUp(project)).removed, []);
    const large = listed().filter(({ counts }) => counts.total === 100);
    const shrinkage = await findShrinkage(project);
    assert.deepEqual(
      [shrinkage?.live.total, shrinkage?.largest.counts.total, shrinkage?.toPin.id],
      [20, 100, large[0]?.id],
    );
    const outcome = await acknowledgeShrinkage(project);
    assert.ok(outcome.status === 'acknowledged');
    assert.equal(outcome.pinned?.id, large[0]?.id);
    assert.deepEqual([await condition(), await findShrinkage(project)], ['sound', undefined]);
    const { removed } = await cleanUp(project);
    assert.deepEqual(
      removed.map(({ id }) => id).sort(),
      large
        .slice(1)
        .map(({ id }) => id)
        .sort(),
    );
    const [, kept] = listed();
    assert.deepEqual([kept?.id, kept?.metadata?.pinned], [large[0]?.id, true]);
    assert.equal(kept?.metadata?.events.at(-1)?.reason, 'kept_when_shrinkage_was_acknowledged');
  });

  it('pins nothing if not requested', async () => {
    await acknowledgeShrinkage(project, { pin: false });
    assert.equal(listed().length, 3);
    assert.ok(listed().every(({ metadata }) => metadata?.pinned === false));
    await backUp();
    assert.equal((await backUpAfter('UPDATE features SET passes = 0')).pruned.length, 1);
  });

  it('does not cover another loss of half the features, even before the first was backed up', async () => {
    await acknowledgeShrinkage(project);
    keepOnly(10);
    assert.equal(await condition(), 'sound');
    keepOnly(9);
    assert.equal(await condition(), 'shrunk');
    assert.equal((await backUp()).pruningPaused, 'database-shrunk');
  });

  it('uses the feature count shown to the user, not a later one', async () => {
    const seen = (await findShrinkage(project))?.live.total;
    keepOnly(5);
    await acknowledgeShrinkage(project, { featureCount: seen });
    assert.equal(await condition(), 'shrunk');
  });

  it('does not cover backups made after it', async () => {
    await acknowledgeShrinkage(project);
    await backUp();
    sqlite3(project.databasePath, MANY);
    await backUp();
    keepOnly(20);
    assert.equal(await condition(), 'shrunk');
  });

  it('pins none whose metadata cannot be read, if others are as good', async () => {
    const [newest, ...others] = listed();
    assert.ok(newest);
    const older = { verified: undefined, timestamp: '2026-01-25T12:00:00Z', sequence: 1 };
    // The newest is written again as it was: what was read of it before no longer counts.
    for (const backup of [newest, ...others]) {
      const metadataPath = backup.path.replace(/db$/, 'json');
      const metadata = JSON.parse(readFileSync(metadataPath, 'utf8')) as object;
      writeFileSync(metadataPath, JSON.stringify(backup === newest ? metadata : { ...metadata, ...older }));
    }
    const isNewest = ({ path }: { readonly path: string }): boolean => path === newest.path.replace(/db$/, 'json');
    const shrinkage = await findShrinkage(project, { ports: portsThatRefuse('EACCES', isNewest) });
    assert.ok(others.some(({ id }) => id === shrinkage?.toPin.id));
  });

  it('remains valid for an empty backlog', async () => {
    keepOnly(0);
    assert.equal(await condition(), 'shrunk');
    await acknowledgeShrinkage(project);
    assert.equal(await condition(), 'sound');
    await backUp();
    assert.equal(await condition(), 'sound');
  });

  it('can be revoked', async () => {
    assert.equal(await revokeAcknowledgement(project), false);
    await acknowledgeShrinkage(project, { pin: false });
    assert.equal(await revokeAcknowledgement(project), true);
    assert.equal(await condition(), 'shrunk');
  });

  it('unpins only its own pins when it is revoked', async () => {
    const { pinned } = (await acknowledgeShrinkage(project)) as { readonly pinned?: { readonly id: string } };
    assert.deepEqual(pinnedIds(), [pinned?.id]);
    assert.equal(await condition(), 'sound');
    await revokeAcknowledgement(project);
    assert.deepEqual(pinnedIds(), []);
    assert.equal(await condition(), 'shrunk');
    await pin(project, pinned?.id ?? '');
    await acknowledgeShrinkage(project);
    await revokeAcknowledgement(project);
    assert.ok(pinnedIds().includes(pinned?.id ?? ''));
  });

  it('unpins the pins of repeated acknowledgements when it is revoked', async () => {
    await acknowledgeShrinkage(project);
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 4');
    assert.equal((await acknowledgeShrinkage(project)).status, 'acknowledged');
    assert.equal(pinnedIds().length, 2);
    await revokeAcknowledgement(project);
    assert.deepEqual(pinnedIds(), []);
  });

  it('changes nothing if the database has not shrunk, or if no store exists', async () => {
    sqlite3(project.databasePath, MANY);
    assert.equal((await acknowledgeShrinkage(project)).status, 'not-shrunk');
    rmSync(project.storePath, { recursive: true });
    assert.equal((await acknowledgeShrinkage(project)).status, 'not-shrunk');
    assert.equal(existsSync(project.storePath), false);
  });

  it('is refused while the live database is missing or damaged, as it cannot be compared', async () => {
    writeFileSync(project.databasePath, 'no database');
    await assert.rejects(acknowledgeShrinkage(project), hasCode('database-damaged'));
    rmSync(project.databasePath);
    await assert.rejects(acknowledgeShrinkage(project), hasCode('database-not-found'));
    await assert.rejects(findShrinkage(project), hasCode('database-not-found'));
  });

  it('does not resume pruning if its file is invalid', async () => {
    const path = join(project.storePath, '.acknowledged.json');
    for (const text of ['', 'no json', '[]', '{"at":"x","featureCount":-1,"upToSequence":9}', '{"at":1}', 'null']) {
      writeFileSync(path, text);
      assert.equal(await condition(), 'shrunk', text);
    }
  });

  it('is complete with its pin, or absent, wherever it is interrupted', async () => {
    const counted = stoppingFiles();
    await acknowledgeShrinkage(project, { ports: { files: counted.files } });
    await revokeAcknowledgement(project);
    assert.ok(counted.calls.length > 10, counted.calls.join('\n'));
    let failures = 0;
    for (let at = 1; at <= counted.calls.length; at += 1) {
      const { files } = stoppingFiles({ at, how: 'EIO' });
      const failure = await acknowledgeShrinkage(project, { ports: { files } }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const isPinned = listed().some(({ metadata }) => metadata?.pinned === true);
      const found = await condition();
      assert.ok(found === 'shrunk' || (found === 'sound' && isPinned), counted.calls[at - 1]);
      // Without an error it is acknowledged; only the injected error may occur.
      const isExpected = failure === undefined ? found === 'sound' : inspect(failure).includes('EIO: injected');
      assert.ok(isExpected, `${counted.calls[at - 1] ?? ''}: ${inspect(failure)}`);
      failures += failure === undefined ? 0 : 1;
      await revokeAcknowledgement(project);
      await unpinAll();
    }
    assert.ok(
      failures > counted.calls.length / 2,
      `${String(failures)} of ${String(counted.calls.length)} runs failed`,
    );
  });

  const pinnedIds = () => listed().flatMap(({ id, metadata }) => (metadata?.pinned === true ? [id] : []));
  const backUpAfter = async (sql: string) => {
    sqlite3(project.databasePath, sql);
    return await backUp();
  };
  const unpinAll = async () => {
    const { unpin } = await import('../../../core/engine.js');
    for (const { id, metadata } of listed()) if (metadata?.pinned === true) await unpin(project, id);
  };
});

const KEEP_ALL = { keepLast: 100, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 5 };

/** At least as many features as before. */
const MANY = `INSERT INTO features SELECT id + 1000 + n * 100, priority, category, name, description, steps, passes, in_progress,
  dependencies, needs_human_input, human_input_request, human_input_response
  FROM features, (WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT n FROM c) WHERE id <= 20`;

function hasCode(code: string) {
  return (error: unknown): boolean => error instanceof BackupError && error.code === code;
}
