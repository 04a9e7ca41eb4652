import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { replicate } from '../../../core/replication/replicate.js';
import { restoreBackup } from '../../../core/restore/restoreBackup.js';
import { backUp, cleanUp, listHistory, verify } from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { flipByte, folderTargetNamed, withTargets } from '../../support/replication/copies.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const DAY_MS = 86_400_000;

describe('an operation closes every file that it opens', function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();
  let nowMs = 0;
  const start = () => testProject(folder.join('start'), { keepLast: 100, keepDaily: 0, keepWeekly: 0 });

  beforeEach(async function () {
    if (!existsSync('/proc/self/fd')) this.skip();
    nowMs = Date.UTC(2026, 0, 25, 12);
    makeFeatureDatabase(start().databasePath, { features: 20, passing: 0, journalMode: 'delete' });
    for (let passing = 1; passing <= 3; passing += 1) {
      nowMs += 60_000;
      sqlite3(start().databasePath, `UPDATE features SET passes = id <= ${passing.toString()}`);
      await backUp(start(), MANUAL, { ports: ports() });
    }
    nowMs += 10 * DAY_MS;
  });

  const ports = (files: FileSystem = realPorts().files): Ports => ({
    ...realPorts(),
    files,
    now: () => new Date(nowMs),
  });
  const openFiles = (): readonly string[] =>
    readdirSync('/proc/self/fd')
      .map((descriptor) => {
        try {
          return readlinkSync(`/proc/self/fd/${descriptor}`);
        } catch {
          // The descriptor of the listing itself.
          return '';
        }
      })
      .filter((path) => path.startsWith(folder.path));
  const copyOfStart = (keepLast: number): Project => {
    rmSync(folder.join('copy'), { recursive: true, force: true });
    cpSync(start().root, folder.join('copy'), { recursive: true, preserveTimestamps: true });
    mkdirSync(folder.join('copy', 'target'));
    const project = testProject(folder.join('copy'), { keepLast, keepDaily: 0, keepWeekly: 0 });
    return withTargets(project, folderTargetNamed('nas', folder.join('copy', 'target')));
  };

  /** Runs the operation undisturbed, then with an error at each of its changes and each of its reads in turn. */
  const assertCloses = async (
    operation: (project: Project, withPorts: Ports) => Promise<unknown>,
    keepLast = 100,
  ): Promise<void> => {
    const counted = stoppingFiles();
    await operation(copyOfStart(keepLast), ports(counted.files));
    assert.deepEqual(openFiles(), []);
    let reads = 0;
    const counting = interferingFiles(({ name }) => (reads += Number(name === 'read')));
    await operation(copyOfStart(keepLast), ports(counting));
    assert.ok(counted.calls.length > 0 && reads > 0);
    for (let at = 1; at <= counted.calls.length; at += 1) {
      await fail(operation, keepLast, stoppingFiles({ at, how: 'EIO' }).files, counted.calls[at - 1] ?? '');
    }
    for (let at = 1; at <= reads; at += 1) {
      let read = 0;
      const files = interferingFiles(({ name }) => {
        if (name === 'read' && (read += 1) === at) throw systemError('EIO');
      });
      await fail(operation, keepLast, files, `read ${at.toString()}`);
    }
  };

  /** An operation gets past some errors; for the others it throws a `BackupError`. */
  const fail = async (
    operation: (project: Project, withPorts: Ports) => Promise<unknown>,
    keepLast: number,
    files: FileSystem,
    context: string,
  ): Promise<void> => {
    const failure = await operation(copyOfStart(keepLast), ports(files)).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(failure === undefined || failure instanceof BackupError, `${context}: ${String(failure)}`);
    assert.deepEqual(openFiles(), [], context);
  };

  it('a backup', async () => {
    sqlite3(start().databasePath, 'UPDATE features SET passes = 1');
    await assertCloses(async (project, withPorts) => await backUp(project, MANUAL, { ports: withPorts }));
  });

  it('a clean-up that archives and compresses, and a listing of the history', async () => {
    await assertCloses(async (project, withPorts) => {
      await cleanUp(project, { ports: withPorts });
      await listHistory(project, { ports: withPorts });
    }, 1);
  });

  it('a verification that quarantines', async () => {
    flipByte(readCatalog(start(), realPorts()).backups[0]?.path ?? '');
    await assertCloses(
      async (project, withPorts) => await verify(project, undefined, { quarantine: true, ports: withPorts }),
    );
  });

  it('a restore of a deleted database', async () => {
    rmSync(start().databasePath);
    await assertCloses(async (project, withPorts) => {
      const [newest] = readCatalog(project, realPorts()).backups;
      assert.ok(newest);
      await restoreBackup(project, newest, {}, withPorts);
    });
  });

  it('a sync to a folder target', async () => {
    await assertCloses(async (project, withPorts) => await replicate(project, {}, withPorts));
  });
});
