import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { readCatalog, openStore } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { removeBackups, type Removal } from '../../../core/store/removeBackups.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { systemError } from '../../support/interferingFiles.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { projectWithBackups } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MIB = 1024 * 1024;

describe('removal of backups', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let ids: readonly string[];
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 5);
    ids = listed();
  });

  const listed = (): readonly string[] => readCatalog(project, realPorts()).backups.map(({ id }) => id);
  const archivedIds = (): readonly string[] => listHistory(project, realPorts()).states.map(({ id }) => id);
  /** The project with a policy that keeps only the newest backups. */
  const keeping = (keepLast: number, maxBytes: number): Project => {
    const { retention, ...configuration } = project.configuration;
    const policy = { ...retention, keepLast, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };
    return { ...project, configuration: { ...configuration, retention: policy, history: { maxBytes } } };
  };
  /** The files of this backup cannot be deleted or moved, like files that another program has open on Windows. */
  const portsThatKeep = (id: string): Ports => {
    const { files } = realPorts();
    const refuse = (path: unknown): void => {
      if (String(path).includes(id)) throw systemError('EACCES');
    };
    const unlinkSync: typeof files.unlinkSync = (path) => {
      refuse(path);
      files.unlinkSync(path);
    };
    const renameSync: typeof files.renameSync = (from, to) => {
      refuse(from);
      files.renameSync(from, to);
    };
    return { ...realPorts(), files: { ...files, unlinkSync, renameSync } };
  };
  const remove = async (selectedIds: readonly string[], ports: Ports): Promise<Removal> =>
    await withStoreLock(project.storePath, ports, (lock) => {
      const store = openStore(project, ports, lock);
      return removeBackups(
        store,
        store.catalog.backups.filter(({ id }) => selectedIds.includes(id)),
      );
    });
  const idsIn = (removed: Removal['removed']): readonly string[] => removed.map(({ id }) => id);

  it('reports all of them, oldest first', async () => {
    const [newest = '', ...others] = ids;
    const { removed, problem } = await remove(others, realPorts());
    assert.deepEqual([idsIn(removed), problem], [others.toReversed(), undefined]);
    assert.deepEqual(listed(), [newest]);
    assert.equal(readdirSync(project.storePath).filter((name) => name.startsWith('features_')).length, 2);
  });

  it('reports none if none is to be deleted', async () => {
    assert.deepEqual(await remove([], realPorts()), { removed: [], problem: undefined });
    assert.deepEqual(listed(), ids);
  });

  it('reports those before the first that cannot be deleted, and the reason', async () => {
    const [, second = '', third = '', fourth = '', oldest = ''] = ids;
    const { removed, problem } = await remove([second, third, fourth, oldest], portsThatKeep(third));
    assert.deepEqual(idsIn(removed), [oldest, fourth]);
    assert.equal(problem?.code, 'permission-denied');
    assert.deepEqual(listed(), ids.slice(0, 3));
    const first = await remove([second, third], portsThatKeep(third));
    assert.deepEqual([idsIn(first.removed), first.problem?.code], [[], 'permission-denied']);
  });

  it('removes the side files of a raw emergency backup', async () => {
    writeFileSync(project.databasePath, 'no database');
    writeFileSync(`${project.databasePath}-wal`, 'no log');
    const outcome = await createBackup(project, { source: 'cli', reason: 'next' }, realPorts());
    assert.ok(outcome.status === 'damaged');
    const { id } = outcome.emergency;
    const files = (): readonly string[] => readdirSync(project.storePath).filter((name) => name.startsWith(id));
    assert.deepEqual(files().toSorted(), [`${id}.db`, `${id}.db-wal`, `${id}.json`]);
    await remove([id], realPorts());
    assert.deepEqual(files(), []);
  });

  for (const [what, maxBytes] of [
    ['deletes', 0],
    ['archives', 64 * MIB],
  ] as const) {
    it(`reports the backups that a clean-up ${what}, and why the rest still exists`, async () => {
      const [newest, second, third = '', ...oldest] = ids;
      const outcome = await cleanUp(keeping(1, maxBytes), portsThatKeep(third));
      assert.deepEqual(idsIn(outcome.removed), oldest.toReversed());
      assert.equal(outcome.problem?.code, 'permission-denied');
      assert.deepEqual(listed(), [newest, second, third]);
      const again = await cleanUp(keeping(1, maxBytes), realPorts());
      assert.deepEqual([idsIn(again.removed), again.problem], [[third, second], undefined]);
      assert.deepEqual(listed(), [newest]);
      assert.deepEqual(archivedIds(), maxBytes === 0 ? [] : ids.slice(1));
    });

    it(`reports a backup that a clean-up ${what} if only its metadata cannot be deleted`, async () => {
      const [newest, second, third = '', ...oldest] = ids;
      const outcome = await cleanUp(keeping(1, maxBytes), portsThatKeep(`${third}.json`));
      assert.deepEqual(idsIn(outcome.removed), [...oldest.toReversed(), third]);
      assert.equal(outcome.problem?.code, 'permission-denied');
      assert.deepEqual(listed(), [newest, second]);
    });

    it(`reports the backups that a new backup ${what}`, async () => {
      sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
      const trigger = { source: 'cli', reason: 'next' } as const;
      const outcome = await createBackup(keeping(2, maxBytes), trigger, realPorts());
      assert.ok(outcome.status === 'created' && outcome.pruneProblem === undefined);
      assert.deepEqual(idsIn(outcome.pruned), ids.slice(1).toReversed());
      assert.deepEqual(listed(), [outcome.backup.id, ids[0]]);
    });
  }
});
