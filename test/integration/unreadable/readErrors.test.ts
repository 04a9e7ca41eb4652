import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { acknowledgeShrinkage, revokeAcknowledgement } from '../../../core/retention/acknowledge.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { cleanUp, planCleanUp } from '../../../core/retention/cleanUp.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { deleteBackup } from '../../../core/store/deleteBackup.js';
import { recordJobResult, readJobs } from '../../../core/store/jobs.js';
import { pin, unpin } from '../../../core/store/pin.js';
import { projectSummary } from '../../../core/health/projectSummary.js';
import { replicate } from '../../../core/replication/replicate.js';
import { findUndo } from '../../../core/restore/undo.js';
import { saveEmergency } from '../../../core/backup/saveEmergency.js';
import type { Backup } from '../../../core/store/backup.js';
import { verifyBackups } from '../../../core/verify/verifyBackups.js';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { assess } from '../../../core/health/assess.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project, RetentionPolicy } from '../../../core/project/project.js';
import { portsThatRefuse, READ_ERRORS } from '../../support/failingReads.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import {
  backUpNewState,
  flipByte,
  folderAt,
  folderTargetNamed,
  withTargets,
} from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const KEEP_ONE: RetentionPolicy = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0, keepEmergency: 1 };
const TRIGGER = { source: 'git', reason: 'before_commit', git: { branch: 'main', head: 'a'.repeat(40) } } as const;

describe('files of a store that cannot be read', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  /** The second oldest of six backups. It is pinned, and its metadata is unreadable. */
  let pinned: Backup;

  beforeEach(async () => {
    project = testProject(folder.join('shop'));
    makeFeatureDatabase(project.databasePath, { features: 12, passing: 0, journalMode: 'delete' });
    for (let passing = 1; passing <= 6; passing += 1) await backUpNewState(project, passing);
    pinned = await pin(project, backupNamed('state_2'), ports);
  });

  const backups = () => readCatalog(project, ports).backups;
  const backupNamed = (reason: string): Backup => {
    const found = backups().find((backup) => backup.reason === reason);
    assert.ok(found);
    return found;
  };
  const keepingOne = (): Project => ({
    ...project,
    configuration: {
      ...project.configuration,
      retention: KEEP_ONE,
      history: { ...project.configuration.history, maxBytes: 0 },
    },
  });
  const metadataOf = ({ id }: Backup): string => join(project.storePath, `${id}.json`);
  const textOf = (backup: Backup): string => readFileSync(metadataOf(backup), 'utf8');
  const refusing = (code: string, path: string, fromTurn = 1): Ports => {
    // Its time changes, so that the cached metadata is not used.
    utimesSync(path, new Date(), new Date());
    return portsThatRefuse(code, (call) => call.path === path && call.turn >= fromTurn);
  };
  const ids = (): readonly string[] => backups().map(({ id }) => id);

  for (const code of READ_ERRORS) {
    describe(`with ${code}`, () => {
      const refusingPinned = (fromTurn = 1): Ports => refusing(code, metadataOf(pinned), fromTurn);

      it('a backup with such metadata is kept by clean-up for that reason, and displaces no other', async () => {
        const before = textOf(pinned);
        const { keep } = await planCleanUp(keepingOne(), refusingPinned());
        assert.deepEqual(keep.find(({ backup }) => backup.id === pinned.id)?.reasons, ['metadata-unknown']);
        const { removed, problem } = await cleanUp(keepingOne(), refusingPinned());
        assert.equal(problem, undefined);
        assert.equal(removed.length, 4);
        assert.deepEqual([...ids()].sort(), [backupNamed('state_6').id, pinned.id].sort());
        assert.equal(textOf(pinned), before);
      });

      it('a backup with such metadata is kept by the pruning of the next backups', async () => {
        for (let passing = 7; passing <= 12; passing += 1) {
          sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
          const outcome = await createBackup(keepingOne(), TRIGGER, refusingPinned());
          assert.ok(outcome.status === 'created' && outcome.pruneProblem === undefined);
        }
        assert.ok(ids().includes(pinned.id));
        assert.equal(backupNamed('state_2').metadata?.pinned, true);
        assert.ok(!ids().some((id) => id.endsWith('_state_3')));
      });

      it('pin and unpin fail, write nothing, and name the file', async () => {
        const before = textOf(pinned);
        for (const change of [pin, unpin]) {
          await assert.rejects(change(project, pinned, refusingPinned()), withCode('metadata-unknown', code));
        }
        // Readable when it is listed, and unreadable when it is to be rewritten.
        await assert.rejects(unpin(project, pinned, refusingPinned(2)), withCode('metadata-unknown', code));
        assert.equal(textOf(pinned), before);
      });

      it('a backup that may be pinned is deleted only if forced', async () => {
        await assert.rejects(deleteBackup(project, pinned, {}, refusingPinned()), withCode('backup-protected', code));
        assert.ok(ids().includes(pinned.id));
        await deleteBackup(project, pinned, { force: true }, refusingPinned());
        assert.ok(!ids().includes(pinned.id));
      });

      for (const fromTurn of [1, 2]) {
        it(`an event of the newest backup goes into a new one if reading fails from attempt ${String(fromTurn)}`, async () => {
          const newest = backupNamed('state_6');
          const before = textOf(newest);
          const outcome = await createBackup(project, TRIGGER, refusing(code, metadataOf(newest), fromTurn));
          assert.ok(outcome.status === 'created', outcome.status);
          assert.equal(textOf(newest), before);
          assert.deepEqual(outcome.backup.metadata?.git, TRIGGER.git);
          assert.equal(outcome.backup.metadata.sha256, newest.metadata?.sha256);
          // No second one, because the new backup already contains this state.
          assert.equal((await createBackup(project, TRIGGER, ports)).status, 'unchanged');
        });
      }

      it('the intact metadata of a copy at a target is neither rewritten nor removed', async () => {
        mkdirSync(folder.join('nas'));
        const withTarget = withTargets(keepingOne(), folderTargetNamed('nas', folder.join('nas'), KEEP_ONE));
        await replicate(withTarget, {}, ports);
        const copy = join(folderAt(folder.join('nas')), `${pinned.id}.json`);
        const before = readFileSync(copy, 'utf8');
        assert.equal((JSON.parse(before) as { pinned: unknown }).pinned, true);

        flipByte(join(folderAt(folder.join('nas')), `${pinned.id}.db.gz`));
        const { targets } = await replicate(withTarget, { verify: true }, refusingPinned());
        assert.deepEqual(targets[0]?.skipped, [{ id: pinned.id, why: 'metadata-unknown' }]);
        assert.deepEqual(targets[0].removed, []);
        assert.equal(readFileSync(copy, 'utf8'), before);
      });

      it('the records of jobs are unknown: nothing overwrites them, and no job counts as succeeded or failed', async () => {
        await recordJobResult(project, 'drill', 'it failed', ports);
        const path = join(project.storePath, '.jobs.json');
        const before = readFileSync(path, 'utf8');
        const unreadable = refusing(code, path);
        assert.throws(() => readJobs(project, unreadable), BackupError);
        await assert.rejects(recordJobResult(project, 'backup', undefined, unreadable), BackupError);
        const { problems: troubles, undetermined } = await assess(project, unreadable);
        assert.deepEqual(
          troubles.map(({ code: found, subject }) => [found, subject]),
          [
            ['metadata-unreadable', 'jobs'],
            ['not-connected', ''],
          ],
        );
        assert.ok(undetermined?.includes('drill-failed'));
        sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
        assert.equal((await createBackup(project, TRIGGER, unreadable)).status, 'created');
        assert.equal(readFileSync(path, 'utf8'), before);
      });

      it('an acknowledgement is unknown: nothing is pruned or overwritten, and the pins that it made stay known', async () => {
        sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 3');
        const given = await acknowledgeShrinkage(project, {}, ports);
        assert.ok(given.status === 'acknowledged' && given.pinned !== undefined);
        const path = join(project.storePath, '.acknowledged.json');
        const before = readFileSync(path, 'utf8');
        const unreadable = refusing(code, path);

        const outcome = await createBackup(keepingOne(), TRIGGER, unreadable);
        assert.ok(outcome.status === 'created');
        assert.deepEqual([outcome.pruned, outcome.pruneProblem?.path], [[], path]);
        await assert.rejects(cleanUp(keepingOne(), unreadable), withPath(path));
        await assert.rejects(revokeAcknowledgement(project, unreadable), withPath(path));
        assert.equal(readFileSync(path, 'utf8'), before);
      });

      it('an unreadable acknowledgement is named, and not reported as a failure of backups', async () => {
        sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 3');
        assert.equal((await acknowledgeShrinkage(project, {}, ports)).status, 'acknowledged');
        const path = join(project.storePath, '.acknowledged.json');
        const { problems, summary, undetermined } = await assess(project, refusing(code, path));
        assert.deepEqual(
          problems.map((problem) => [problem.code, problem.subject, problem.severity]),
          [
            ['metadata-unreadable', 'acknowledged', 'warning'],
            ['not-connected', '', 'information'],
          ],
        );
        assert.ok(problems[0]?.message.includes(path), problems[0]?.message);
        assert.match(problems[0]?.message ?? '', /no backup is pruned/);
        assert.deepEqual([summary?.live?.counts?.total, summary?.live?.condition], [3, 'shrunk']);
        assert.deepEqual(undetermined, ['database-shrunk']);
      });

      it('an emergency backup with such metadata is neither quarantined nor used for an undo', async () => {
        const emergency = await withStoreLock(project.storePath, ports, async (lock) => {
          writeFileSync(project.databasePath, 'no database');
          return await saveEmergency(project, { source: 'mcp', reason: 'damage' }, ports, lock);
        });
        const unreadable = refusing(code, metadataOf(emergency));
        assert.equal(findUndo(readCatalog(project, ports)), undefined);
        assert.throws(() => findUndo(readCatalog(project, unreadable)), withCode('metadata-unknown', code));
        const [outcome] = await verifyBackups(project, [emergencyIn(unreadable)], { quarantine: true }, unreadable);
        assert.equal(outcome?.readError?.code, 'metadata-unknown');
        assert.ok(existsSync(emergency.path));
      });

      const emergencyIn = (unreadable: Ports): Backup => {
        const found = readCatalog(project, unreadable).backups.find(({ kind }) => kind === 'emergency');
        assert.ok(found);
        return found;
      };
    });
  }

  it('an emergency backup that becomes unreadable is made again, and the restore continues', async () => {
    const save = async (withPorts: Ports): Promise<Backup> =>
      await withStoreLock(project.storePath, ports, async (lock) =>
        saveEmergency(project, { source: 'restore', reason: 'before_restore' }, withPorts, lock),
      );
    const first = await save(ports);
    const second = await save(refusing('EBUSY', metadataOf(first), 2));
    assert.notEqual(second.id, first.id);
    assert.equal(second.metadata?.sha256, first.metadata?.sha256);
    assert.ok(readdirSync(project.storePath).every((name) => !name.startsWith('.tmp-')));
  });

  it('a shrinkage is acknowledged with a pin on a backup whose metadata can be read', async () => {
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 3');
    const outcome = await acknowledgeShrinkage(project, {}, refusing('EIO', metadataOf(backupNamed('state_6'))));
    assert.ok(outcome.status === 'acknowledged');
    assert.equal(outcome.pinned?.reason, 'state_5');
  });

  it('a backlog does not count as shrunk compared with a backup whose metadata is damaged, and retention keeps that backup', async () => {
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 3');
    const shrunk = async (): Promise<boolean> => (await projectSummary(project, ports)).live?.condition === 'shrunk';
    assert.equal(await shrunk(), true);
    for (const backup of backups()) writeFileSync(metadataOf(backup), '{');
    assert.equal(await shrunk(), false);
  });

  it('an acknowledgement is not revoked while a pin that it made cannot be read', async () => {
    sqlite3(project.databasePath, 'DELETE FROM features WHERE id > 3');
    const outcome = await acknowledgeShrinkage(project, {}, ports);
    assert.ok(outcome.status === 'acknowledged' && outcome.pinned !== undefined);
    const unreadable = refusing('EIO', metadataOf(outcome.pinned));
    await assert.rejects(revokeAcknowledgement(project, unreadable), withCode('metadata-unknown', 'EIO'));
    assert.ok(existsSync(join(project.storePath, '.acknowledged.json')));
    assert.equal(await revokeAcknowledgement(project, ports), true);
    assert.equal(backups().find(({ id }) => id === outcome.pinned?.id)?.metadata?.pinned, false);
  });

  for (const [what, damage] of [
    ['are a link', (path: string) => symlinkSync('/nowhere', path)],
    ['are a folder', (path: string) => mkdirSync(path)],
    ['are cut off', (path: string) => writeFileSync(path, '{"pinned": tr')],
    ['are too large', (path: string) => writeFileSync(path, JSON.stringify({ x: 'x'.repeat(1024 * 1024) }))],
  ] as const) {
    it(`a backup whose metadata ${what} is kept and can be restored, and pruning continues for the others`, async () => {
      const source = backupNamed('state_3');
      const id = source.id.replace('state_3', 'spoilt');
      writeFileSync(join(project.storePath, `${id}.db`), readFileSync(source.path));
      damage(join(project.storePath, `${id}.json`));
      const warnings: string[] = [];
      const warned: Ports = { ...ports, onWarning: (warning) => warnings.push(warning) };
      await planCleanUp(keepingOne(), warned);
      const { removed } = await cleanUp(keepingOne(), warned);
      assert.equal(removed.length, 4);
      assert.deepEqual([...ids()].sort(), [backupNamed('state_6').id, pinned.id, id].sort());
      assert.equal(warnings.length, 1, warnings.join('\n'));
      assert.match(warnings[0] ?? '', new RegExp(`metadata of 1 backup; it is kept.*${id}\\.json`));
      const damaged = backups().find((backup) => backup.id === id);
      assert.equal(damaged?.metadataProblem?.kind, 'damaged');
      const [verified] = await verifyBackups(project, [damaged], {}, ports);
      assert.deepEqual([verified?.ok, verified?.recordProblem?.code], [true, 'metadata-unknown']);
    });
  }

  it('a segment of the history is counted as unreadable, and not as one without states', async () => {
    const archiving = { ...project.configuration, retention: KEEP_ONE };
    await cleanUp({ ...project, configuration: archiving }, ports);
    assert.equal((await projectSummary(project, ports)).history.unreadableCount, undefined);
    const closed = portsThatRefuse('EIO', ({ path }) => path.endsWith('.fbh'));
    assert.equal((await projectSummary(project, closed)).history.unreadableCount, 1);
  });

  it('stops syncing with the reason if the folder for syncs is unreadable', async () => {
    const inner = join(project.storePath, '.replication');
    mkdirSync(inner);
    mkdirSync(folder.join('nas'));
    const lstatSync = new Proxy(ports.files.lstatSync, {
      apply: (target, _this, args: Parameters<typeof ports.files.lstatSync>) => {
        if (args[0] === inner) throw systemError('EIO');
        return target(...args);
      },
    });
    const copying = replicate(
      withTargets(project, folderTargetNamed('nas', folder.join('nas'))),
      {},
      { ...ports, files: { ...ports.files, lstatSync } },
    );
    await assert.rejects(copying, withCode('io', 'EIO'));
  });

  it('a copy at a target whose metadata is damaged is kept, whatever its age', async () => {
    mkdirSync(folder.join('nas'));
    const target = withTargets(keepingOne(), folderTargetNamed('nas', folder.join('nas'), KEEP_ONE));
    await replicate(target, {}, ports);
    await deleteBackup(project, pinned, { force: true }, ports);
    const copies = folderAt(folder.join('nas'));
    writeFileSync(join(copies, `${pinned.id}.json`), '{"pinned": tr');
    await cleanUp(keepingOne(), ports);
    const warnings: string[] = [];
    const later = { ...ports, now: () => new Date(Date.now() + 30 * 86_400_000) };
    await replicate(target, {}, { ...later, onWarning: (warning) => warnings.push(warning) });
    assert.ok(existsSync(join(copies, `${pinned.id}.db.gz`)));
    assert.match(warnings.join('\n'), new RegExp(`1 copy on nas.*${basename(pinned.id)}`));
  });
});

function withCode(code: BackupErrorCode, reason: string): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.code === code && error.message.includes(reason);
}

function withPath(path: string): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.path === path;
}
