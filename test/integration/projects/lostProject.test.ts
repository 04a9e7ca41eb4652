import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { assessKnown } from '../../../core/health/index.js';
import type { Incident } from '../../../core/notify/incident.js';
import { dueFor, mergeFindings, type Finding } from '../../../core/notify/planMessages.js';
import { listProjects } from '../../../core/projects/index.js';
import { realPorts } from '../../../core/system/index.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

interface CheckedProject {
  readonly root: string;
  readonly state: string;
  readonly troubles: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
}

describe('a project that is lost together with its backups', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  // Projects in the folder for temporary files are not recorded.
  const cliOptions = () => ({
    env: { ...home.environment, TMPDIR: folder.join('temporary') },
    cwd: folder.path,
  });
  const cli = async (...args: readonly string[]) => await runCli(args, cliOptions());
  const records = (): readonly string[] => {
    const path = folder.join('state', 'projects');
    return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : [];
  };
  const checked = async (): Promise<readonly CheckedProject[]> => {
    const { document } = await runCliJson(['check', '--all'], cliOptions());
    return document.projects as readonly CheckedProject[];
  };
  const backedUp = async (name: string): Promise<string> => {
    const root = home.make(name);
    const { code, stderr } = await cli('backup', root);
    assert.deepEqual([code, stderr], [0, '']);
    return root;
  };

  it('is critical for check --all, also with an existing folder, and names the last backup', async () => {
    for (const deleted of ['', '.feature_backups', 'features.db']) {
      const root = await backedUp(`shop${deleted}`);
      if (deleted === '') rmSync(root, { recursive: true });
      else for (const name of ['.feature_backups', 'features.db']) rmSync(join(root, name), { recursive: true });
      const project = (await checked()).find((candidate) => candidate.root === root);
      assert.deepEqual([project?.state, project?.troubles.map(({ code }) => code)], ['critical', ['backups-gone']]);
      assert.match(
        String(project?.troubles[0]?.message),
        /all its backups are missing.* with 20 features, 1 passing\. /,
      );
    }
    const { code, stdout } = await cli('check', '--all');
    assert.equal(code, 2);
    assert.match(stdout, /^FEATURE BACKUPS CRITICAL/);
  });

  it('is critical for check of that folder, and without a vault a clear error for other commands', async () => {
    home.configure({ vault: false });
    const root = await backedUp('shop');
    rmSync(root, { recursive: true });
    const check = await cli('check', root);
    assert.equal(check.code, 2, check.stdout);
    assert.match(check.stdout, /all its backups are missing/);
    for (const command of ['list', 'status', 'backup', 'restore']) {
      const { code, stderr } = await cli(command, '--project', root, ...(command === 'restore' ? ['latest'] : []));
      assert.equal(code, 4, command);
      assert.match(stderr, /all its backups are missing.*20 features/, command);
      assert.match(stderr, /--from/, command);
    }
  });

  it('is only informational once AutoForge no longer lists it', async () => {
    const root = await backedUp('shop');
    const other = await backedUp('blog');
    home.register('shop', 'blog');
    assert.equal((await cli('check', '--all')).code, 0);
    rmSync(root, { recursive: true });
    assert.equal((await cli('check', '--all')).code, 2, 'still listed');
    home.register('blog');
    const { code, document } = await runCliJson(['check', '--all'], cliOptions());
    assert.equal(code, 0);
    const projects = document.projects as readonly CheckedProject[];
    assert.deepEqual(
      projects.map((project) => [project.root, project.state, project.troubles.map(({ code: problem }) => problem)]),
      [
        [other, 'ok', ['not-connected']],
        [root, 'ok', ['backups-gone']],
      ],
    );
    assert.match(projects[1]?.troubles[0]?.message ?? '', /AutoForge no longer lists the project\. The vault contains/);
    assert.equal((await cli('check', root)).code, 0);
    assert.match((await cli('status', '--all')).stdout, /shop/);
    rmSync(folder.join('home', '.autoforge'), { recursive: true });
    assert.equal((await cli('check', '--all')).code, 2, 'without a registry, nothing says that it was deleted there');
  });

  it('does not report incidents as resolved if they end because AutoForge deleted the project', async () => {
    const root = await backedUp('shop');
    home.register('shop');
    const ports = { ...realPorts(), environment: cliOptions().env };
    const findings = async (): Promise<readonly Finding[]> => {
      const known = (await listProjects(ports)).find((project) => project.root === root);
      assert.ok(known);
      return [{ ...(await assessKnown(known, ports)), project: root }];
    };
    await findings();
    rmSync(join(root, 'features.db'));
    const missing = mergeFindings({ incidents: [], channels: {} }, await findings(), ['mail'], new Date());
    const reportedByMail = {
      ...missing,
      incidents: missing.incidents.map((one) => ({ ...one, reportedTo: ['mail'] })),
    };
    assert.equal(reportedByMail.incidents.length, 1);
    rmSync(root, { recursive: true });
    home.register('blog');
    const deleted = mergeFindings(reportedByMail, await findings(), ['mail'], new Date());
    assert.deepEqual(deleted.incidents, []);
  });

  it('stays critical until it is forgotten, which asks first and deletes no backup', async () => {
    const root = await backedUp('shop');
    const other = await backedUp('blog');
    assert.equal((await cli('forget', root, '--yes')).code, 2, 'is still there');
    rmSync(root, { recursive: true });
    assert.equal((await cli('forget', root, '--dry-run')).code, 0);
    assert.equal((await cli('forget', root)).code, 5, 'not confirmed');
    assert.equal((await checked()).length, 2);
    const { code, stdout } = await cli('forget', root, '--yes');
    assert.equal(code, 0);
    assert.match(stdout, /Forgot .*shop/);
    assert.deepEqual(
      (await checked()).map((project) => [project.root, project.state]),
      [[other, 'ok']],
    );
    assert.equal((await cli('forget', root, '--yes')).code, 4, 'nothing is recorded');
    assert.ok(existsSync(join(other, '.feature_backups')));
  });

  it('leaves the incident of the missing database open, because its state is unknown', async () => {
    const root = await backedUp('shop');
    const ports = { ...realPorts(), environment: cliOptions().env };
    const findings = async (): Promise<readonly Finding[]> => {
      const [known] = await listProjects(ports);
      assert.ok(known);
      return [{ ...(await assessKnown(known, ports)), project: root }];
    };
    rmSync(join(root, 'features.db'));
    const missing = mergeFindings({ incidents: [], channels: {} }, await findings(), ['mail'], new Date());
    const reported = {
      ...missing,
      incidents: missing.incidents.map((incident) => ({ ...incident, reportedTo: ['mail'] })),
    };
    rmSync(root, { recursive: true });
    const lost = mergeFindings(reported, await findings(), ['mail'], new Date());
    const codes = (incidents: readonly Incident[]) => incidents.map(({ code }) => code);
    const { opened, resolved } = dueFor('mail', lost);
    assert.deepEqual([codes(opened), codes(resolved)], [['backups-gone'], []]);
  });

  it('is not assumed after its folder was moved and backed up again', async () => {
    const root = await backedUp('shop');
    const moved = home.path('renamed');
    renameSync(root, moved);
    assert.deepEqual(
      (await checked()).map(({ state }) => state),
      ['critical'],
      'its new path is not known yet',
    );
    assert.equal((await cli('backup', moved)).code, 0);
    assert.deepEqual(
      (await checked()).map((project) => [project.root, project.state]),
      [[moved, 'ok']],
    );
    assert.equal(records().length, 1);
  });

  it('is not assumed after a copy took its place, recognised by its backups', async () => {
    const root = await backedUp('shop');
    const restored = home.path('restored');
    await cli('pin', '--project', root, 'latest');
    cpSync(root, restored, { recursive: true, preserveTimestamps: true });
    rmSync(root, { recursive: true });
    sqlite3(join(restored, 'features.db'), 'UPDATE features SET passes = 1 WHERE id = 2');
    assert.equal((await cli('backup', restored)).code, 0);
    assert.deepEqual(
      (await checked()).map((project) => [project.root, project.state]),
      [[restored, 'ok']],
    );
  });

  it('keeps its own record beside a copy that is backed up elsewhere', async () => {
    const root = await backedUp('shop');
    const copy = home.path('copy');
    cpSync(root, copy, { recursive: true });
    assert.equal((await cli('backup', copy)).code, 0);
    assert.equal(records().length, 2);
    rmSync(root, { recursive: true });
    assert.deepEqual(
      (await checked()).map((project) => [project.root, project.state]).sort(),
      [
        [copy, 'ok'],
        [root, 'critical'],
      ].sort(),
    );
  });

  it('is not reported for projects in the folder for temporary files', async () => {
    const root = home.make('shop');
    const run = async (...args: readonly string[]) =>
      await runCli(args, { ...cliOptions(), env: { ...home.environment, TMPDIR: folder.path } });
    assert.equal((await run('backup', root)).code, 0);
    rmSync(root, { recursive: true });
    assert.doesNotMatch((await run('check', '--all')).stdout, /CRITICAL|shop/);
  });

  it('cannot be detected without a state folder, which every backup warns of and completes', async () => {
    const root = home.make('shop');
    writeFileSync(folder.join('state'), 'in the way');
    const { code, stderr } = await cli('backup', root);
    assert.equal(code, 0);
    assert.match(stderr, /Could not record the project.*The backup itself is complete/);
  });
});
