import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findNode } from '../../../extension/engine/findNode.js';
import { addFeatureDatabase, settled } from '../../support/gitProject.js';
import { makeRepository, type GitRepository } from '../../support/gitRepository.js';
import { usePlantedPrograms } from '../../support/plantedPrograms.js';
import { bareEnvironment, buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const NAMES = ['git', 'sqlite3', 'rclone', 'systemctl', 'node', 'cat', 'sleep', 'ps'];

describe('programs in a project', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const planted = usePlantedPrograms();
  const realPath = process.env.PATH ?? '';
  const originalFolder = process.cwd();
  let project: GitRepository;

  before(buildCli);
  beforeEach(async () => {
    project = makeRepository(folder.join('project'));
    addFeatureDatabase(project);
    assert.equal((await runCli(['install', 'git'], { cwd: project.path })).code, 0);
    project.commit('a', 'a');
    await settled(project);
    for (const place of ['.', 'bin', 'node_modules/.bin']) {
      mkdirSync(join(project.path, place), { recursive: true });
      for (const name of NAMES) planted.plant(join(project.path, place, name));
    }
  });
  afterEach('go back', () => process.chdir(originalFolder));

  /** The user's own PATH after entries that are relative to the current folder. */
  const environment = (path = realPath) => ({
    PATH: ['', '.', 'bin', './bin', 'node_modules/.bin', path, ''].join(delimiter),
    HOME: folder.join('home'),
    XDG_CONFIG_HOME: folder.join('config'),
    RCLONE_CONFIG: folder.join('rclone.conf'),
    FEATURE_BACKUPS_STATE: folder.join('state'),
  });
  const run = (args: readonly string[], path?: string) => runCli(args, { cwd: project.path, env: environment(path) });
  const runJson = (args: readonly string[]) => runCliJson(args, { cwd: project.path, env: environment() });

  it('are not run in place of git', async () => {
    for (const args of [
      ['restore', '--at', 'HEAD', '--yes'],
      ['list', '--git'],
      ['install', 'git'],
    ]) {
      const { code, stderr } = await run(args);
      assert.equal(code, 0, stderr);
    }
    assert.equal(planted.runs(), '');
  });

  it('are not run even if there is no other git', async () => {
    const { code, stderr } = await run(['restore', '--at', 'HEAD', '--yes'], folder.join('empty'));
    assert.equal(code, 2);
    assert.match(stderr, /git was not found/);
    assert.equal(planted.runs(), '');
  });

  it('are not run in place of sqlite3', async () => {
    const { code, stderr } = await run(['drill']);
    assert.equal(code, 0, stderr);
    assert.equal(planted.runs(), '');
  });

  it('are not run in place of rclone', async function () {
    if (spawnSync('rclone', ['version']).status !== 0) this.skip();
    writeFileSync(folder.join('rclone.conf'), `[disk]\ntype = alias\nremote = ${folder.join('disk')}\n`);
    mkdirSync(folder.join('config', 'feature-backups'), { recursive: true });
    const targets = [{ name: 'away', rclone: 'disk:copies' }];
    writeFileSync(folder.join('config', 'feature-backups', 'config.json'), JSON.stringify({ targets }));
    const { code, document } = await runJson(['replicate']);
    assert.equal(code, 0, JSON.stringify(document));
    assert.equal(planted.runs(), '');
  });

  it('are not run in place of the service manager', async function () {
    if (process.platform !== 'linux') this.skip();
    mkdirSync(folder.join('own'));
    const script = `#!/bin/sh\necho "$@" >> '${folder.join('calls')}'\n`;
    writeFileSync(folder.join('own', 'systemctl'), script, { mode: 0o755 });
    for (const command of ['install', 'uninstall']) {
      const { code, stderr } = await run(['service', command, '--yes'], folder.join('own'));
      assert.equal(code, 0, stderr);
    }
    assert.equal(planted.runs(), '');
    assert.equal(readFileSync(folder.join('calls'), 'utf8').trim().split('\n').length, 5);
  });

  it('are not run even if there is no other service manager', async function () {
    if (process.platform !== 'linux') this.skip();
    const { code, stderr } = await run(['service', 'install', '--yes'], folder.join('empty'));
    assert.equal(code, 1);
    assert.match(stderr, /the program systemctl was not found/);
    assert.equal(planted.runs(), '');
  });

  it('are not run by the git hooks, even if the recorded node is missing', async () => {
    const script = join(project.path, '.git/feature-backups/gitHook.sh');
    const settings = project.read('.git/feature-backups/settings');
    project.write('.git/feature-backups/settings', settings.replace(/^node=.*$/m, 'node=/gone'));
    // Without a loose file for the branch, the script asks git for the commit.
    project.git('pack-refs', '--all');
    for (const hook of [['pre-commit'], ['post-commit'], ['post-rewrite', 'amend'], ['post-rewrite', 'rebase']]) {
      const { status, stderr } = spawnSync('/bin/sh', [script, ...hook], {
        cwd: project.path,
        env: bareEnvironment(environment()),
        encoding: 'utf8',
        input: '',
      });
      assert.deepEqual([status, stderr], [0, ''], hook.join(' '));
    }
    await settled(project);
    assert.equal(planted.runs(), '');
  });

  it('are not recorded as node by the editor', () => {
    process.chdir(project.path);
    const node = findNode(environment());
    assert.equal(findNode({ PATH: realPath }), node);
    assert.doesNotMatch(node ?? '', /project/);
    assert.equal(planted.runs(), '');
  });
});
