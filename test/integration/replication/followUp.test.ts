import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startFollowUp } from '../../../core/followUp/startFollowUp.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import {
  folderAt,
  folderTargetNamed,
  idsOf,
  projectWithBackups,
  provenCopies,
  withTargets,
} from '../../support/replication/copies.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('follow-up', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(() => {
    buildCli();
  });

  let project: Project;
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 1);
    mkdirSync(folder.join('nas'));
    mkdirSync(folder.join('config', 'feature-backups'), { recursive: true });
  });

  const cliOptions = () => ({
    cwd: project.root,
    env: { XDG_CONFIG_HOME: folder.join('config'), FEATURE_BACKUPS_STATE: folder.join('state') },
  });
  const configure = (): void => {
    const targets = [{ name: 'nas', folder: folder.join('nas') }];
    writeFileSync(folder.join('config', 'feature-backups', 'config.json'), JSON.stringify({ targets }));
  };
  const change = (passing: number): void => {
    sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
  };
  const copies = (): readonly string[] =>
    readdirSync(folder.join('nas')).length === 0 ? [] : provenCopies(folderAt(folder.join('nas')));
  /** Waits for the background process to finish, up to mocha's time limit. */
  const copied = async (count: number): Promise<void> => {
    while (copies().length < count || existsSync(join(project.storePath, '.replication', '.lock'))) await pause(50);
  };

  it('copies a backup in the background automatically', async () => {
    configure();
    change(5);
    const { code } = await runCli(['backup'], cliOptions());
    assert.equal(code, 0);
    await copied(2);
    assert.deepEqual(copies(), idsOf(project));
  });

  it('copies a burst of backups up to the last one', async () => {
    configure();
    for (const passing of [3, 4, 5, 6]) {
      change(passing);
      await runCli(['backup'], cliOptions());
    }
    await copied(5);
    assert.deepEqual(copies(), idsOf(project));
  });

  it('does not start, and creates nothing, without configuration', async () => {
    change(5);
    await runCli(['backup'], cliOptions());
    assert.deepEqual(
      readdirSync(project.storePath).filter((name) => !name.startsWith('features_')),
      ['.gitignore'],
    );
  });

  it('runs once at a time: a second process ends immediately', async () => {
    configure();
    const runs = await Promise.all([1, 2].map(async () => await runCliJson(['follow-up'], cliOptions())));
    assert.ok(runs.some(({ document }) => document.status === 'done'));
    assert.deepEqual(copies(), idsOf(project));
    assert.deepEqual(readdirSync(join(project.storePath, '.follow-up')), []);
  });

  describe('with an unwritable state folder', () => {
    const unwritable = () => ({
      cwd: project.root,
      env: { XDG_CONFIG_HOME: folder.join('config'), FEATURE_BACKUPS_STATE: join(project.databasePath, 'state') },
    });

    it('copies a backup in the background', async () => {
      configure();
      change(5);
      const { code, stderr } = await runCli(['backup'], unwritable());
      assert.equal(code, 0, stderr);
      await copied(2);
      assert.deepEqual(copies(), idsOf(project));
    });

    it('waits for another process, as it cannot write a pending flag', async () => {
      configure();
      const runs = await Promise.all([1, 2].map(async () => await runCliJson(['follow-up'], unwritable())));
      assert.deepEqual(
        runs.map(({ document }) => document.status),
        ['done', 'done'],
      );
      assert.deepEqual(copies(), idsOf(project));
    });

    it('copies with one warning even if its own folder in the store is unwritable', function () {
      if (!canRunAsOtherUser()) return this.skip();
      configure();
      const second = { name: 'second', folder: folder.join('second') };
      mkdirSync(second.folder);
      const targets = [{ name: 'nas', folder: folder.join('nas') }, second];
      writeFileSync(folder.join('config', 'feature-backups', 'config.json'), JSON.stringify({ targets }));
      mkdirSync(folder.join('state'));
      giveToOtherUser(folder.path);
      chmodSync(folder.join('state'), 0o555);
      mkdirSync(join(project.storePath, '.follow-up'), { mode: 0o555 });
      for (const command of ['follow-up', 'replicate', 'replicate']) {
        const { code, stderr } = runCliAsOtherUser([command], cliOptions());
        assert.equal(code, 0, stderr);
        assert.equal(stderr.match(/Could not record the contents of the targets/g)?.length, 1, stderr);
        assert.deepEqual(copies(), idsOf(project));
        assert.deepEqual(provenCopies(folderAt(second.folder)), idsOf(project));
      }
      assert.deepEqual(readdirSync(folder.join('state')), []);
      assert.deepEqual(readdirSync(join(project.storePath, '.follow-up')), []);
    });
  });

  it('reports its error, and exits with 1', async () => {
    configure();
    rmSync(folder.join('nas'), { recursive: true });
    const { code, document } = await runCliJson(['follow-up'], cliOptions());
    assert.equal(code, 1);
    assert.match(String(document.problems), /is missing/);
  });

  it('starts one process for many backups: the others find that one is starting', () => {
    // A program that only leaves a trace of its start.
    const program = folder.join('program.cjs');
    const trace = folder.join('trace');
    mkdirSync(trace);
    writeFileSync(program, `require('node:fs').writeFileSync(${JSON.stringify(trace)} + '/' + process.pid, '')`);
    const started: string[] = [];
    const ports: Ports = { ...realPorts(), environment: counted(started) };
    const projectWithTarget = withTargets(project, folderTargetNamed('nas', folder.join('nas')));
    for (let number = 0; number < 10; number += 1) startFollowUp(program)(projectWithTarget, ports);
    assert.equal(started.length, 1);
    assert.equal(existsSync(join(project.storePath, '.follow-up')), false);
  });
});

/** An environment that records when it is passed to a process. */
function counted(started: string[]): Readonly<Record<string, string | undefined>> {
  return new Proxy(
    { PATH: process.env.PATH, FEATURE_BACKUPS_STATE: process.env.FEATURE_BACKUPS_STATE },
    {
      ownKeys: (target) => {
        started.push('started');
        return Reflect.ownKeys(target);
      },
    },
  );
}
