import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectedProject } from '../../support/connectedProject.js';
import { addFeatureDatabase, backupOf, changeBacklog, settled, storedMetadata } from '../../support/gitProject.js';
import { makeRepository, readTree } from '../../support/gitRepository.js';
import { bareEnvironment, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** What is not installed: backups, and what git itself writes. */
const NOT_INSTALLED = /^(?:\.feature_backups|\.git\/(?:objects|logs|index|COMMIT_EDITMSG|refs))$/;

describe('setup', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const project = new ConnectedProject(folder);

  it('shows what it would install, and changes nothing in a dry run', async () => {
    project.make();
    const before = readTree(project.root);
    const { parts, doctor } = await project.json('setup', '--dry-run');
    assert.deepEqual(
      (parts as readonly { readonly kind: string }[]).map(({ kind }) => kind),
      ['claude', 'mcp', 'git'],
    );
    assert.equal(doctor, null);
    const text = await project.run('setup', '--dry-run');
    assert.match(text, /^Install the hook of Claude Code in .*\n--- \/dev\/null\n\+\+\+ b\/\.claude\/settings\.json$/m);
    assert.match(text, /^\+\+\+ b\/\.mcp\.json$/m);
    assert.match(text, /^\+\+\+ b\/\.git\/hooks\/pre-commit$/m);
    assert.deepEqual(readTree(project.root), before);
  });

  it('installs nothing without a confirmation', async () => {
    project.make();
    const before = readTree(project.root);
    const { code, stderr } = await project.cli(['setup']);
    assert.equal(code, 5);
    assert.match(stderr, /Not confirmed; nothing changed\./);
    assert.deepEqual(readTree(project.root), before);
  });

  it('installs everything, makes a first backup, and ends with doctor', async () => {
    project.make();
    const text = await project.run('setup', '--yes');
    assert.match(text, /^Backed up 598 features, 200 passing as features_598_\d{8}-\d{6}_setup\.$/m);
    assert.match(text, /^ok\ttap\t/m);
    changeBacklog(project.repository);
    const commit = project.repository.commit('a', 'a');
    await settled(project.repository);
    assert.equal(backupOf(project.repository, commit)?.passing_count, 201);
  });

  it('reports that a project is already set up, and runs doctor', async () => {
    project.make();
    await project.run('setup', '--yes');
    const before = storedMetadata(project.repository).length;
    const text = await project.run('setup');
    assert.match(text, /is already set up: the hook of Claude Code, the tap, the git hooks\.$/m);
    assert.match(text, /^ok\tgit hooks\t/m);
    assert.equal(storedMetadata(project.repository).length, before);
  });

  it('installs the rest if the settings of one client cannot be read', async () => {
    project.make();
    project.write('.claude/settings.json', '{ broken');
    const { code, stdout, stderr } = await project.cli(['setup', '--yes']);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /^feature-backups: the hook of Claude Code of .*settings\.json/m);
    assert.match(stdout, /^ok\ttap\t/m);
    assert.equal(project.read('.claude/settings.json'), '{ broken');
  });

  it('chooses the same settings as connect, and says why', async () => {
    project.make();
    project.write('.gitignore', '.feature_backups/\nfeatures.db*\n');
    const text = await project.run('setup', '--yes');
    assert.match(text, /^\+\+\+ b\/\.claude\/settings\.local\.json$/m);
    assert.match(text, /^AutoForge’s agents read only \.claude\/settings\.json, so they are not connected\.$/m);
    assert.match(text, /^ok\tagent hook\t/m);
  });

  it('connects a project before an agent has created its database', async () => {
    project.make();
    unlinkSync(project.path('features.db'));
    const { code, stdout, stderr } = await project.cli(['setup', '--yes']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^No feature database exists yet\./m);
    assert.match(project.read('.mcp.json'), /"tap"/);
  });

  it('recommends the service where nothing can be connected', async () => {
    const root = folder.join('plain');
    addFeatureDatabase({ ...makeRepository(folder.join('other')), path: root, write: () => undefined });
    const { stdout } = await runCli(['setup'], {
      cwd: root,
      env: { ...project.home.environment, HOME: folder.join('none') },
    });
    assert.match(stdout, /uses neither Claude Code nor a known MCP server, and is not in a git repository\./);
    assert.match(stdout, /feature-backups service install/);
  });
});

describe('remove', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const project = new ConnectedProject(folder);

  it('restores every file that setup changed, and keeps the backups', async () => {
    project.make();
    const before = readTree(project.root, NOT_INSTALLED);
    await project.run('setup', '--yes');
    assert.notDeepEqual(readTree(project.root, NOT_INSTALLED), before);
    const text = await project.run('remove', '--yes');
    assert.deepEqual(readTree(project.root, NOT_INSTALLED), before);
    assert.match(text, /^ {4}.*shop\/\.feature_backups$/m);
    assert.match(text, /feature-backups vault purge deletes them/);
    assert.equal(storedMetadata(project.repository).length, 1);
    assert.match(await project.run('doctor'), /^information\tsetup/m);
    assert.match(await project.run('remove'), /^Nothing is installed\.$/m);
  });

  it('shows what it would remove, asks, and changes nothing in a dry run', async () => {
    project.make();
    await project.run('setup', '--yes');
    const before = readTree(project.root, NOT_INSTALLED);
    const text = await project.run('remove', '--dry-run');
    assert.match(text, /^Remove the tap from .*\n--- a\/\.mcp\.json$/m);
    assert.equal((await project.cli(['remove'])).code, 5);
    assert.deepEqual(readTree(project.root, NOT_INSTALLED), before);
  });

  it('lets a tapped server start after the program is gone', async () => {
    project.make();
    await project.run('setup', '--yes');
    await project.run('remove', '--yes');
    const { mcpServers } = JSON.parse(project.read('.mcp.json')) as {
      readonly mcpServers: { readonly features: { readonly command: string; readonly args: readonly string[] } };
    };
    const { command, args } = mcpServers.features;
    const { stdout } = spawnSync(command, args, { input: 'hello\n', encoding: 'utf8', env: bareEnvironment() });
    assert.equal(stdout, 'hello\n');
    assert.doesNotMatch(JSON.stringify(mcpServers), /feature-backups\.cjs/);
  });

  it('finds every project: with backups, without any, in another repository, without a database', async () => {
    project.make();
    const env = project.home.environment;
    await project.run('setup', '--yes');
    const connectedOnly = project.home.path('connected');
    mkdirSync(connectedOnly, { recursive: true });
    await runCli(['connect', 'claude'], { cwd: connectedOnly, env });
    const hooked = makeRepository(project.home.path('hooked'), env);
    await runCli(['install', 'git'], { cwd: hooked.path, env });
    const deleted = project.home.path('deleted');
    mkdirSync(deleted, { recursive: true });
    await runCli(['connect', 'claude'], { cwd: deleted, env });
    rmSync(deleted, { recursive: true });

    await project.run('remove', '--yes');
    assert.deepEqual(readTree(connectedOnly), {});
    assert.equal(existsSync(join(hooked.path, '.git/feature-backups')), false);
    assert.equal(existsSync(join(hooked.path, '.git/hooks/pre-commit')), false);
    assert.doesNotMatch(project.read('.mcp.json'), /feature-backups\.cjs/);
    assert.equal(existsSync(deleted), false);
  });

  it('removes a hook in the user’s settings once, although it serves several projects', async () => {
    project.make();
    const env = project.home.environment;
    const other = project.home.path('other');
    mkdirSync(other, { recursive: true });
    for (const cwd of [project.root, other]) {
      const { code, stderr } = await runCli(['connect', 'claude', '--scope', 'user'], { cwd, env });
      assert.equal(code, 0, stderr);
    }
    await project.run('backup');
    await runCli(['connect', 'mcp'], { cwd: project.root, env });
    assert.match((await project.checks()).map(({ link, state }) => `${link} ${state}`).join(), /hook ok,tap ok/);
    const text = await project.run('remove', '--yes');
    assert.equal(text.match(/^--- .*\.claude\/settings\.json$/gm)?.length, 1, text);
    assert.equal(existsSync(project.userSettings), false);
  });

  it('takes only the named project out with --project', async () => {
    project.make();
    const env = project.home.environment;
    await project.run('setup', '--yes');
    const other = project.home.path('other');
    mkdirSync(other, { recursive: true });
    await runCli(['connect', 'claude'], { cwd: other, env });
    const text = await project.run('remove', '--project', other, '--yes');
    assert.doesNotMatch(text, /vault purge/);
    assert.deepEqual(readTree(other), {});
    assert.match(project.read('.mcp.json'), /"tap"/);
  });

  it('removes the service', async function () {
    if (process.platform !== 'linux') {
      console.log('      skipped: only Linux has systemd');
      this.skip();
    }
    project.make();
    const { stdout, stderr } = await project.cli(['service', 'install', '--yes']);
    const unit = folder.join('home/.config/systemd/user/feature-backups.service');
    assert.equal(existsSync(unit), true, stdout + stderr);
    const problem = (await project.problems()).find(({ link }) => link === 'service');
    assert.match(problem?.description ?? '', /is installed, but its watcher is not running\.$/);
    assert.match(problem?.advice ?? '', /feature-backups service install/);
    await project.run('remove', '--yes');
    assert.equal(existsSync(unit), false);
  });

  it('removes the rest if one file cannot be read, and exits with 1', async () => {
    project.make();
    await project.run('setup', '--yes');
    renameSync(project.path('.claude/settings.json'), project.path('.claude/kept'));
    project.write('.claude/settings.json', '{ "feature-backups hook claude');
    const { code, stderr } = await project.cli(['remove', '--yes']);
    assert.equal(code, 1);
    assert.match(stderr, /^feature-backups: the hook of Claude Code of .*settings\.json/m);
    assert.doesNotMatch(project.read('.mcp.json'), /feature-backups\.cjs/);
    assert.equal(existsSync(project.path('.git/feature-backups')), false);
  });
});
