import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findBrokenConnections } from '../../../core/agents/brokenConnections.js';
import { applyConnectionPlan, planConnection, planDisconnection } from '../../../core/agents/connect.js';
import type { EditableScope } from '../../../core/agents/connection.js';
import { launcherIn } from '../../../core/agents/programStart.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const SETTINGS = 'projects/shop/.claude/settings.json';
const USER = 'home/.claude/settings.json';
const PERMISSIONS = { allow: ['Bash(ls:*)'] };

describe('the originals of connected settings', () => {
  const folder = useTemporaryFolder();
  let ports: Ports;
  const project = (name = 'shop') => ({
    root: folder.join(`projects/${name}`),
    storePath: folder.join(`projects/${name}/.feature_backups`),
  });
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(folder.join(name)), { recursive: true });
    writeFileSync(folder.join(name), text);
  };
  const value = (name = SETTINGS) =>
    JSON.parse(readFileSync(folder.join(name), 'utf8')) as Readonly<Record<string, unknown>>;
  const putValue = (settings: object, name = SETTINGS) => put(name, JSON.stringify(settings, null, 4));
  const connect = (scope: EditableScope, name?: string, programs = 'programs'): void => {
    const launcher = launcherIn(folder.join(programs), process.execPath, 'linux');
    applyConnectionPlan(planConnection('claude', project(name), launcher, ports, { scope }), ports);
  };
  const disconnect = (name?: string): void => {
    applyConnectionPlan(planDisconnection('claude', project(name), ports), ports);
  };
  const broken = (name?: string) => findBrokenConnections(project(name), ports).map(({ problem }) => problem);

  beforeEach(() => {
    for (const name of ['projects/shop', 'projects/blog', 'home']) mkdirSync(folder.join(name), { recursive: true });
    for (const programs of ['programs', 'moved']) {
      put(`${programs}/launch.sh`, '');
      put(`${programs}/feature-backups.cjs`, '');
    }
    ports = { ...realPorts(), environment: { HOME: folder.join('home'), PATH: process.env.PATH } };
  });

  for (const [what, programs] of [
    ['changes nothing', 'programs'],
    ['updates the hook', 'moved'],
  ] as const) {
    it(`deletes the created file if an edit was taken back, and connecting again ${what}`, () => {
      connect('project');
      const { hooks } = value();
      putValue({ permissions: PERMISSIONS, hooks });
      connect('project', 'shop', programs);
      putValue({ hooks: value().hooks });
      connect('project', 'shop', programs);
      disconnect();
      assert.equal(existsSync(folder.join('projects/shop/.claude')), false);
    });

    it(`keeps an edit of the created file if connecting again ${what}`, () => {
      connect('project');
      putValue({ permissions: PERMISSIONS, hooks: value().hooks });
      connect('project', 'shop', programs);
      disconnect();
      assert.deepEqual(value(), { permissions: PERMISSIONS });
    });
  }

  it('keeps an empty file that the user has created', () => {
    put(SETTINGS, '{}');
    connect('project');
    putValue({ hooks: value().hooks });
    connect('project', 'shop', 'moved');
    disconnect();
    assert.deepEqual(value(), {});
  });

  it('forgets user settings in every project when one of them removes the hook', () => {
    connect('user');
    connect('user', 'blog', 'moved');
    assert.deepEqual([broken('shop'), broken('blog')], [[], []]);
    disconnect('blog');
    assert.deepEqual([broken('shop'), broken('blog')], [[], []]);
    assert.equal(existsSync(folder.join('home/.claude')), false);
  });

  it('still reports a hook that was removed from the user settings by hand', () => {
    connect('user');
    put(USER, '{}');
    assert.equal(broken('shop').length, 1);
    disconnect('blog');
    assert.equal(broken('shop').length, 1);
  });

  it('restores user settings exactly, whichever project connected them', () => {
    const text = '{ "model": "x" } // mine\n';
    put(USER, text);
    connect('user');
    connect('user', 'blog', 'moved');
    disconnect('shop');
    assert.equal(readFileSync(folder.join(USER), 'utf8'), text);
  });
});
