import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { acknowledgeShrinkage, findShrinkage, revokeAcknowledgement } from '../../../core/retention/acknowledge.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { pin, unpin } from '../../../core/store/pin.js';
import type { Backup } from '../../../core/store/backup.js';
import { realPorts } from '../../../core/system/ports.js';
import type { Project, RetentionPolicy } from '../../../core/project/project.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const ports = realPorts();

const database = (project: Project, features: number, passing = 0): void => {
  rmSync(project.databasePath, { force: true });
  makeFeatureDatabase(project.databasePath, { features, passing, journalMode: 'delete' });
};
const backUp = async (project: Project): Promise<Backup> => {
  const outcome = await createBackup(project, MANUAL, ports);
  assert.ok(outcome.status === 'created', outcome.status);
  return outcome.backup;
};
const listed = (project: Project) => readCatalog(project, ports).backups;
const rewriteMetadata = ({ path }: Backup, change: (json: Record<string, unknown>) => object): void => {
  const jsonPath = path.replace(/db$/, 'json');
  const json = JSON.parse(readFileSync(jsonPath, 'utf8')) as Record<string, unknown>;
  writeFileSync(jsonPath, JSON.stringify(change(json)));
};

describe('clean-up', () => {
  const folder = useTemporaryFolder();
  const project = (retention: Partial<RetentionPolicy> = {}, maxBytes?: number): Project => {
    const made = testProject(folder.path, { keepLast: 1, keepDaily: 0, keepWeekly: 0, ...retention });
    if (maxBytes === undefined) return made;
    return { ...made, configuration: { ...made.configuration, history: { ...made.configuration.history, maxBytes } } };
  };
  const segments = () => readdirSync(project().storePath).filter((name) => name.startsWith('history-'));
  /** Several states, all of them listed. */
  const states = async (count: number): Promise<readonly Backup[]> => {
    const made: Backup[] = [];
    for (let passing = 0; passing < count; passing += 1) {
      database(project(), 20, passing);
      made.push(await backUp(project({ keepLast: 50 })));
    }
    return made;
  };

  it('does nothing in a project without a store', async () => {
    database(project(), 3);
    assert.deepEqual(await cleanUp(project(), ports), {
      plan: { keep: [], remove: [], archive: [], compress: [] },
      removed: [],
      compressed: [],
      problem: undefined,
    });
    assert.equal(existsSync(project().storePath), false);
  });

  it('archives backups that the policy does not keep', async () => {
    const made = await states(3);
    const { plan, removed } = await cleanUp(project(), ports);
    const prunedIds = made.slice(0, 2).map(({ id }) => id);
    assert.deepEqual([plan.archive.length, removed.map(({ id }) => id).sort()], [2, prunedIds.toSorted()]);
    const inHistory = listHistory(project(), ports).states.map(({ id }) => id);
    assert.deepEqual(inHistory.toSorted(), prunedIds.toSorted());
    assert.equal(segments().length, 1);
  });

  it('deletes them, and starts no history, if the history is off', async () => {
    await states(3);
    const { plan, removed } = await cleanUp(project({}, 0), ports);
    assert.deepEqual([plan.archive, removed.length, segments()], [[], 2, []]);
    assert.equal(listed(project()).length, 1);
  });

  it('archives what it can, even if other backups are deleted', async () => {
    const [first, second] = await states(3);
    assert.ok(first && second);
    // Without a checksum, a later change could not be detected.
    rewriteMetadata(second, (json) => ({ ...json, sha256: undefined }));
    const { removed } = await cleanUp(project(), ports);
    assert.equal(removed.length, 2);
    assert.deepEqual(
      listHistory(project(), ports).states.map(({ id }) => id),
      [first.id],
    );
    assert.equal(listed(project()).length, 1);
  });
});

describe('shrinkage of the live database', () => {
  const folder = useTemporaryFolder();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path, { keepLast: 50 });
  });
  /** Backs up a database with each of these feature counts in turn. */
  const backUpEach = async (...counts: readonly number[]): Promise<readonly Backup[]> => {
    const made: Backup[] = [];
    for (const count of counts) {
      database(project, count);
      made.push(await backUp(project));
    }
    return made;
  };
  const unverified = (backup: Backup) => rewriteMetadata(backup, (json) => ({ ...json, verified: undefined }));

  it('is measured against the largest backup, and offers the newest verified one for pinning', async () => {
    const made = await backUpEach(100, 150, 120);
    database(project, 20);
    const found = async () => {
      const shrinkage = await findShrinkage(project, ports);
      return [shrinkage?.live.total, shrinkage?.largest.id, shrinkage?.toPin.id];
    };
    const [oldest, largest, newest] = made;
    assert.ok(oldest && largest && newest);
    assert.deepEqual(await found(), [20, largest.id, newest.id]);
    unverified(newest);
    assert.deepEqual(await found(), [20, largest.id, largest.id]);
    for (const backup of [largest, oldest]) unverified(backup);
    assert.deepEqual(await found(), [20, largest.id, newest.id]);
  });

  it('offers a backup with readable metadata for pinning first', async () => {
    const [oldest, newest] = await backUpEach(100, 100 + 1);
    assert.ok(oldest && newest);
    unverified(oldest);
    const jsonPath = newest.path.replace(/db$/, 'json');
    const files = { ...ports.files };
    files.openSync = (path, ...rest) => {
      if (path === jsonPath) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      return ports.files.openSync(path, ...rest);
    };
    database(project, 20);
    const shrinkage = await findShrinkage(project, { ...ports, files });
    assert.deepEqual([shrinkage?.toPin.id, shrinkage?.largest.id], [oldest.id, newest.id]);
    rmSync(oldest.path);
    assert.equal((await findShrinkage(project, { ...ports, files }))?.toPin.id, newest.id);
  });

  it('is undefined if the counts are equal, and names the first of equal backups otherwise', async () => {
    const [, second] = await backUpEach(100, 90).then(async (made) => {
      database(project, 100, 1);
      return [...made.slice(0, 1), await backUp(project)];
    });
    assert.equal(await findShrinkage(project, ports), undefined);
    database(project, 20);
    assert.equal((await findShrinkage(project, ports))?.largest.id, second?.id);
  });

  it('excludes an acknowledged loss', async () => {
    await backUpEach(100);
    database(project, 20);
    const first = await acknowledgeShrinkage(project, { pin: false }, ports);
    assert.deepEqual(first.acknowledgement?.pinnedIds, []);
    const [later] = await backUpEach(60);
    database(project, 15);
    const shrinkage = await findShrinkage(project, ports);
    assert.deepEqual([shrinkage?.largest.id, shrinkage?.toPin.id], [later?.id, later?.id]);
    const second = await acknowledgeShrinkage(project, {}, ports);
    assert.deepEqual(second.acknowledgement?.pinnedIds, [later?.id]);
    const again = await acknowledgeShrinkage(project, {}, ports);
    assert.ok(again.status === 'not-shrunk');
    assert.deepEqual(again.acknowledgement, second.acknowledgement);
  });

  it('has nothing to revoke without a store', async () => {
    database(project, 20);
    assert.equal(await revokeAcknowledgement(project, ports), false);
    assert.equal(existsSync(project.storePath), false);
  });

  it('does not touch a backup that the user unpinned, when it is revoked', async () => {
    const [large] = await backUpEach(100);
    assert.ok(large);
    database(project, 20);
    await acknowledgeShrinkage(project, {}, ports);
    await unpin(project, large, ports);
    const jsonPath = large.path.replace(/db$/, 'json');
    const { ino, mtimeMs } = statSync(jsonPath);
    assert.equal(await revokeAcknowledgement(project, ports), true);
    assert.deepEqual([statSync(jsonPath).ino, statSync(jsonPath).mtimeMs], [ino, mtimeMs]);
    assert.equal(existsSync(join(project.storePath, '.acknowledged.json')), false);
    await pin(project, large, ports);
    assert.equal(await revokeAcknowledgement(project, ports), false);
    assert.equal(listed(project).find(({ id }) => id === large.id)?.metadata?.pinned, true);
  });
});
