import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { prepareRestore } from '../../../core/restore/planRestore.js';
import { replaceLive, type ReplacementResult } from '../../../core/restore/replaceLive.js';
import type { VerifiedReplacement } from '../../../core/restore/replacement.js';
import { withRestoreLock } from '../../../core/restore/restoreBackup.js';
import { findRestoreProblems } from '../../../core/restore/verifyLive.js';
import type { Backup } from '../../../core/store/backup.js';
import { inspectImage } from '../../../core/database/imageOperations.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { readDatabase } from '../../support/pythonSqlite.js';
import { shrunkProject } from '../../support/shrunkProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const CHANGE_COUNTER = 24;

describe('restore that does not verify', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let backup: Backup;
  let before = '';
  const live = (): string => project.databasePath;

  beforeEach(async () => {
    ({ project, backup, liveDigest: before } = await shrunkProject(folder.join('shop')));
  });

  const swap = async (ports: Ports): Promise<ReplacementResult> =>
    await withRestoreLock(project, ports, async (lock) => {
      const { live: present, replacement } = await prepareRestore(project, backup, ports);
      return await replaceLive({ project, live: present, replacement, method: 'swap', detail: backup.id, lock }, ports);
    });
  /** A disk that corrupts a file renamed to the live database if `isCorrupted` returns true. */
  const corruptingPorts = (isCorrupted: (content: Buffer) => boolean): Ports => {
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      const isBad = to === live() && isCorrupted(readFileSync(from));
      nodeFileSystem.renameSync(from, to);
      if (isBad) writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));
    };
    return { ...realPorts(), files: { ...nodeFileSystem, renameSync } };
  };
  const emergencies = (): readonly Backup[] =>
    readCatalog(project, realPorts()).backups.filter(({ kind }) => kind === 'emergency');

  it('does not occur on an intact disk: the previous database is an emergency backup with the reason', async () => {
    const { method, emergency } = await swap(realPorts());
    assert.equal(method, 'swap');
    assert.equal(readDatabase(live()).features, 20);
    const [event] = emergency?.metadata?.events ?? [];
    assert.deepEqual([emergency?.reason, event?.source, event?.detail], ['before_restore', 'restore', backup.id]);
    assert.deepEqual(
      emergencies().map(({ id }) => id),
      [emergency?.id],
    );
  });

  it('restores the old database and reports it', async () => {
    const image = readFileSync(backup.path);
    await assert.rejects(swap(corruptingPorts((content) => content.equals(image))), (error: unknown) => {
      assert.ok(error instanceof BackupError && error.code === 'database-damaged');
      return error.message.includes('the previous one was restored');
    });
    assert.equal(readDatabase(live()).digest, before);
    assert.equal(emergencies().length, 1);
  });

  it('names the emergency backup of the old database if that cannot be restored either', async () => {
    let isBroken = false;
    const image = readFileSync(backup.path);
    const { files, ...ports } = corruptingPorts((content) => content.equals(image));
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (to === live() && isBroken) throw Object.assign(new Error('EIO: made by a test'), { code: 'EIO' });
      if (to === live()) isBroken = readFileSync(from).equals(image);
      files.renameSync(from, to);
    };
    await assert.rejects(swap({ ...ports, files: { ...files, renameSync } }), (error: unknown) => {
      assert.ok(error instanceof BackupError && error.code === 'database-damaged');
      assert.ok(error.message.includes('restoring the previous one failed'));
      return error.hint?.includes(emergencies()[0]?.id ?? 'none') === true;
    });
    assert.equal(emergencies().length, 1);
  });

  describe('detection', () => {
    let replacement: VerifiedReplacement;
    const problems = async (method: 'swap' | 'online' = 'swap', changes: Partial<VerifiedReplacement> = {}) =>
      await findRestoreProblems(live(), { ...replacement, ...changes }, method, realPorts());
    /** Gives the live database the change counter of the image, as if no process had written since. */
    const setCounter = (by: number): void => {
      const bytes = readFileSync(live());
      for (const at of [CHANGE_COUNTER, 92]) {
        bytes.writeUInt32BE(replacement.image.readUInt32BE(CHANGE_COUNTER) + by, at);
      }
      writeFileSync(live(), bytes);
    };
    beforeEach(async () => {
      const { image } = await takeSnapshot(backup.path, realPorts());
      replacement = { image, inspection: await inspectImage(image, 'integrity_check') };
    });

    it('finds features that differ from the backup', async () => {
      setCounter(0);
      for (const method of ['swap', 'online'] as const) {
        const [problem, ...others] = await problems(method);
        assert.ok(problem?.startsWith('5 features differ'), problem);
        assert.deepEqual(others, []);
      }
    });

    it('ignores differences if another process has written since, by the change counter after a swap', async () => {
      setCounter(1);
      assert.deepEqual(await problems('swap'), []);
      assert.equal((await problems('online')).length, 1);
    });

    it('finds no problem if everything matches, or no features are known', async () => {
      setCounter(0);
      const { inspection } = replacement;
      assert.ok(inspection);
      assert.deepEqual(await problems('swap', { inspection: { ...inspection, shape: 'no-table' } }), []);
      copyFileSync(backup.path, live());
      assert.deepEqual(await problems(), []);
    });

    it('finds a damaged or missing database', async () => {
      writeFileSync(live(), readFileSync(live()).fill(0xff, 4096));
      assert.notDeepEqual(await problems(), []);
      rmSync(live());
      assert.equal((await problems()).length, 1);
    });

    it('compares every byte if the files of a damaged database were restored', async () => {
      const raw = { image: Buffer.from('no database'), inspection: undefined };
      writeFileSync(live(), 'no database');
      assert.deepEqual(await problems('swap', raw), []);
      for (const other of ['no databasf', 'no databas', 'no databases']) {
        writeFileSync(live(), other);
        assert.equal((await problems('swap', raw)).length, 1, other);
      }
      rmSync(live());
      assert.equal((await problems('swap', raw)).length, 1);
    });
  });
});
