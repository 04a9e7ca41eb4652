import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applyConnectionPlan, planConnection, planDisconnection } from '../../../core/agents/connect.js';
import type { ConnectionScope } from '../../../core/agents/connection.js';
import { defaultScope } from '../../../core/agents/defaultScope.js';
import { findDisabledHooks } from '../../../core/agents/hookObstacles.js';
import { launcherIn } from '../../../core/agents/programStart.js';
import { readConnections } from '../../../core/agents/readConnections.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { makeRepository } from '../../support/gitRepository.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const PROJECT = 'projects/shop/.claude/settings.json';
const LOCAL = 'projects/shop/.claude/settings.local.json';
const USER = 'home/.claude/settings.json';
const FILES = { project: PROJECT, local: LOCAL, user: USER } as const;

describe('the settings of Claude Code', () => {
  const folder = useTemporaryFolder();
  let ports: Ports;
  const root = () => folder.join('projects/shop');
  const project = () => ({ root: root(), storePath: folder.join('projects/shop/.feature_backups') });
  const put = (name: string, value: unknown): string => {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), typeof value === 'string' ? value : JSON.stringify(value));
    return folder.join(name);
  };
  const read = (name: string) => readFileSync(folder.join(name), 'utf8');
  const launcher = () => launcherIn(folder.join('programs'), process.execPath, 'linux');
  const plan = (scope?: ConnectionScope) => planConnection('claude', project(), launcher(), ports, { scope });
  const connect = (scope?: ConnectionScope) => {
    const planned = plan(scope);
    applyConnectionPlan(planned, ports);
    return planned;
  };
  const disconnect = (scope?: 'project' | 'local' | 'user') => {
    const planned = planDisconnection('claude', project(), ports, { scope });
    applyConnectionPlan(planned, ports);
    return planned;
  };
  const connections = () =>
    readConnections(root(), ports).map(({ scope, path, obstacle }) => [scope, path, obstacle?.code]);
  const withHook = (command = 'feature-backups hook claude') => ({
    hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command }] }] },
  });

  beforeEach(() => {
    mkdirSync(root(), { recursive: true });
    mkdirSync(folder.join('home'));
    put('programs/launch.sh', '');
    put('programs/feature-backups.cjs', '');
    ports = { ...realPorts(), environment: { HOME: folder.join('home'), PATH: process.env.PATH } };
  });

  for (const [scope, file] of Object.entries(FILES) as readonly (readonly ['project' | 'local' | 'user', string])[]) {
    it(`adds the hook in the ${scope} settings, and removes it with what was created`, () => {
      connect(scope);
      assert.deepEqual(connections(), [[scope, folder.join(file), undefined]]);
      assert.deepEqual(plan(scope).edits, []);
      disconnect();
      assert.deepEqual(connections(), []);
      assert.equal(existsSync(dirname(folder.join(file))), false);
    });
  }

  it('adds the hook in the folder that CLAUDE_CONFIG_DIR names', () => {
    ports = { ...ports, environment: { ...ports.environment, CLAUDE_CONFIG_DIR: folder.join('other') } };
    connect('user');
    assert.match(read('other/settings.json'), /hook claude/);
    assert.equal(existsSync(folder.join(USER)), false);
  });

  it('edits user settings that are a link inside the home folder', () => {
    put('home/dotfiles/claude.json', '{}');
    mkdirSync(folder.join('home/.claude'));
    symlinkSync('../dotfiles/claude.json', folder.join(USER));
    connect('user');
    assert.match(read('home/dotfiles/claude.json'), /hook claude/);
    put('outside.json', '{}');
    ports = { ...ports, environment: { ...ports.environment, HOME: folder.join('home2') } };
    mkdirSync(folder.join('home2/.claude'), { recursive: true });
    symlinkSync(folder.join('outside.json'), folder.join('home2/.claude/settings.json'));
    assert.throws(
      () => connect('user'),
      (error) => error instanceof BackupError && error.code === 'unsafe-path',
    );
    // Other scopes do not depend on it.
    connect('local');
  });

  it('updates the hook in every scope, and removes it from all or from one', () => {
    const old = '"/usr/bin/node" "/gone/feature-backups.cjs" hook claude';
    put(USER, withHook(old));
    put(LOCAL, withHook(old));
    assert.deepEqual(connections(), [
      ['local', folder.join(LOCAL), 'program-missing'],
      ['user', folder.join(USER), 'program-missing'],
    ]);
    connect('local');
    for (const file of [USER, LOCAL]) assert.ok(!read(file).includes('/gone'), file);
    assert.equal(existsSync(folder.join(PROJECT)), false);
    disconnect('local');
    assert.deepEqual(connections(), [['user', folder.join(USER), undefined]]);
    disconnect();
    assert.deepEqual(connections(), []);
  });

  it('removes a hook that remains for another event only', () => {
    const { PreToolUse } = withHook().hooks;
    put(LOCAL, { hooks: { PreSkillShellCommand: PreToolUse }, model: 'x' });
    disconnect();
    assert.deepEqual(JSON.parse(read(LOCAL)), { model: 'x' });
  });

  it('keeps the hook of a plugin, and does not add another', async () => {
    const { installed, hooks } = PLUGIN;
    put('home/.claude/plugins/installed_plugins.json', installed(folder.join('plugin')));
    const path = put('plugin/hooks/hooks.json', hooks);
    assert.deepEqual(connections(), []);
    put(USER, { enabledPlugins: { 'backups@market': true } });
    assert.deepEqual(connections(), [['plugin', path, undefined]]);
    const planned = plan(await defaultScope(root(), ports));
    assert.deepEqual([planned.edits, planned.connectedFiles], [[], [path]]);
    const removal = planDisconnection('claude', project(), ports);
    assert.deepEqual(removal.edits, []);
    assert.match(removal.notes.join('\n'), /plugin backups@market still runs the hook/);
    put(LOCAL, { enabledPlugins: { 'backups@market': false } });
    assert.deepEqual(connections(), []);
  });

  for (const file of [PROJECT, LOCAL, USER]) {
    it(`does not count a hook that ${file} disables as connected`, () => {
      put(file, { disableAllHooks: true });
      assert.deepEqual(connections(), []);
      const { edits, obstacles, warnings } = connect('local');
      assert.equal(edits.length, 1);
      assert.deepEqual(
        obstacles.map(({ code, path }) => [code, path]),
        [['hooks-disabled', folder.join(file)]],
      );
      assert.ok(
        warnings.join('\n').includes(`"disableAllHooks" is true in ${folder.join(file)}. Remove this setting.`),
      );
      assert.deepEqual(connections(), [['local', folder.join(LOCAL), 'hooks-disabled']]);
      put(file, read(file).replace('true', 'false'));
      assert.deepEqual(plan('local').obstacles, []);
    });
  }

  it('lets the setting of the narrowest scope decide, as Claude Code does', () => {
    put(USER, { disableAllHooks: true });
    put(PROJECT, { disableAllHooks: 'yes' });
    assert.equal(findDisabledHooks(root(), ports)?.path, folder.join(USER));
    assert.match(
      plan('project').notes.join('\n'),
      /AutoForge’s agents do not read .*home.*, so they still run the hook\./,
    );
    put(PROJECT, { disableAllHooks: false });
    assert.equal(findDisabledHooks(root(), ports), undefined);
    put(LOCAL, { disableAllHooks: true });
    assert.equal(findDisabledHooks(root(), ports)?.path, folder.join(LOCAL));
    put('managed/managed-settings.json', { disableAllHooks: false });
    assert.equal(findDisabledHooks(root(), ports, folder.join('managed')), undefined);
    put(PROJECT, { disableAllHooks: true });
    put(LOCAL, {});
    assert.equal(findDisabledHooks(root(), ports)?.path, folder.join(PROJECT));
    assert.doesNotMatch(plan('project').notes.join('\n'), /AutoForge/);
  });

  it('finds the setting by which the administrator disables hooks', () => {
    const obstacle = () => findDisabledHooks(root(), ports, folder.join('managed'));
    assert.equal(obstacle(), undefined);
    put('managed/managed-settings.json', { disableAllHooks: false });
    assert.equal(obstacle(), undefined);
    const path = put('managed/managed-settings.d/10-hooks.json', { allowManagedHooksOnly: true });
    assert.equal(obstacle()?.path, path);
    assert.match(obstacle()?.message ?? '', /"allowManagedHooksOnly" is true in/);
    ports.files.unlinkSync(path);
    put('managed/managed-settings.json', { disableAllHooks: true });
    assert.equal(obstacle()?.path, folder.join('managed/managed-settings.json'));
  });

  it('chooses project settings if AutoForge is used, even if the hook is in other settings', async () => {
    put(USER, withHook());
    assert.equal(await defaultScope(root(), ports), 'user');
    for (const name of ['.autoforge', '.autocoder']) {
      mkdirSync(join(root(), name));
      assert.equal(await defaultScope(root(), ports), 'project');
      ports.files.rmdirSync(join(root(), name));
    }
    new KnownProjects(folder).register('shop');
    assert.equal(await defaultScope(root(), ports), 'project');
    assert.match(connect('project').notes.join('\n'), /runs in all your projects/);
    assert.deepEqual(
      connections().map(([scope]) => scope),
      ['project', 'user'],
    );
  });

  it('chooses personal settings if git would share the project’s', async () => {
    assert.equal(await defaultScope(root(), ports), 'project');
    const repository = makeRepository(root());
    assert.equal(await defaultScope(root(), ports), 'local');
    repository.write('.gitignore', '.claude/settings.json\n');
    assert.equal(await defaultScope(root(), ports), 'project');
    repository.commit('a', '');
    repository.git('add', '--force', '--intent-to-add', '.gitignore');
    repository.write('.claude/settings.json', '{}');
    repository.git('add', '--force', '.claude/settings.json');
    assert.equal(await defaultScope(root(), ports), 'local');
  });

  it('notes that git shares an edited file', () => {
    const repository = makeRepository(root());
    const notes = (scope: 'project' | 'local' | 'user') => plan(scope).notes.join('\n');
    assert.match(notes('local'), /git does not ignore \.claude\/settings\.local\.json\. If you commit it, anyone/);
    repository.write('.gitignore', '*.local.json\n');
    assert.doesNotMatch(notes('local'), /git/);
    repository.commit('.claude/settings.json', '{}');
    assert.match(notes('project'), /git tracks \.claude\/settings\.json: anyone .* this hook, with the paths of this/);
    assert.doesNotMatch(notes('user'), /git/);
    repository.commit('.mcp.json', '{"mcpServers":{"f":{"command":"feature_mcp"}}}');
    const { notes: ofTap } = planConnection('mcp', project(), launcher(), ports);
    assert.match(ofTap.join('\n'), /git tracks \.mcp\.json: anyone .* this tap/);
  });

  it('notes that AutoForge’s agents do not read personal settings', () => {
    for (const scope of ['local', 'user'] as const) {
      assert.match(plan(scope).notes.join('\n'), /AutoForge’s agents read only \.claude\/settings\.json/);
    }
    assert.deepEqual(plan('project').notes, []);
  });

  it('ignores invalid settings of other scopes', () => {
    put(USER, '{ feature-backups hook claude');
    put(LOCAL, 'null');
    connect('project');
    assert.deepEqual(connections(), [['project', folder.join(PROJECT), undefined]]);
    disconnect();
    assert.deepEqual(connections(), []);
  });
});

/** As Claude Code 2.1 records an installed plugin. */
const PLUGIN = {
  installed: (installPath: string) => ({
    version: 2,
    plugins: {
      'backups@market': [
        { scope: 'user', installPath, version: '1.0.0' },
        { scope: 'project', installPath: '/elsewhere', version: '1.0.0', projectPath: '/elsewhere' },
      ],
    },
  }),
  hooks: {
    hooks: {
      PreToolUse: [{ hooks: [{ type: 'command', command: '"${CLAUDE_PLUGIN_ROOT}/feature-backups" hook claude' }] }],
    },
  },
};
