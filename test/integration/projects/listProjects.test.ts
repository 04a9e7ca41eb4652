import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { realPorts, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { listProjects, listProjectsWithCompleteness } from '../../../core/projects/listProjects.js';
import { recordOpenWorkspaces } from '../../../core/projects/openWorkspaces.js';
import { recordProject } from '../../../core/projects/projectRecord.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('the known projects', () => {
  const folder = useTemporaryFolder();
  const warnings: string[] = [];
  beforeEach(() => warnings.splice(0));

  const ports = (): Ports => ({
    ...realPorts(),
    environment: { HOME: folder.path, FEATURE_BACKUPS_STATE: folder.join('state') },
    onWarning: (warning) => warnings.push(warning),
  });
  const list = async () => await listProjects(ports());
  const project = (name: string): string => {
    makeFeatureDatabase(folder.join(name, '.autoforge', 'features.db'), { features: 2, passing: 1 });
    return folder.join(name);
  };
  const register = (rows: readonly (readonly [name: string, path: string])[]): void => {
    const path = folder.join('.autoforge', 'registry.db');
    mkdirSync(dirname(path), { recursive: true });
    runPython(
      `
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE projects (name TEXT PRIMARY KEY, path TEXT)')
c.executemany('INSERT INTO projects VALUES (?, ?)', json.loads(sys.argv[2]))
`,
      [path, JSON.stringify(rows)],
    );
  };
  const configure = (projects: readonly string[]): void => {
    mkdirSync(folder.join('.config', 'feature-backups'), { recursive: true });
    writeFileSync(folder.join('.config', 'feature-backups', 'config.json'), JSON.stringify({ projects }));
  };

  it('are empty for a new user', async () => {
    assert.deepEqual(await list(), []);
    assert.deepEqual(warnings, []);
  });

  it('come from the registry, the configuration and open workspaces, each once, even through links', async () => {
    const [shop, blog, game] = [project('shop'), project('blog'), project('game')];
    symlinkSync(shop, folder.join('link-to-shop'));
    register([['My shop', shop]]);
    configure([folder.join('link-to-shop'), `${blog}/`, join(blog, '.autoforge')]);
    recordOpenWorkspaces([game, shop, blog], ports());
    assert.deepEqual(await list(), [
      { root: shop, name: 'My shop', origins: ['registry', 'configured', 'workspace'], status: 'present' },
      { root: blog, name: 'blog', origins: ['configured', 'workspace'], status: 'present' },
      { root: game, name: 'game', origins: ['workspace'], status: 'present' },
    ]);
  });

  it('are incomplete if the registry or a record of an open workspace is unreadable', async () => {
    const shop = project('shop');
    register([['shop', shop]]);
    recordOpenWorkspaces([shop], ports());
    assert.equal((await listProjectsWithCompleteness(ports())).isComplete, true);
    for (const part of [/registry\.db$/, /workspaces/]) {
      warnings.splice(0);
      const { files } = portsThatRefuse('EMFILE', ({ path }) => part.test(path));
      const { isComplete, projects } = await listProjectsWithCompleteness({ ...ports(), files });
      assert.equal(isComplete, false);
      assert.deepEqual(
        projects.map(({ root }) => root),
        [shop],
      );
      assert.match(warnings.join('\n'), /EMFILE/);
    }
  });

  it('include missing ones and ones without a database', async () => {
    mkdirSync(folder.join('new'));
    register([
      ['new', folder.join('new')],
      ['gone', folder.join('gone')],
    ]);
    configure([folder.join('gone'), folder.join('unplugged', 'disk')]);
    assert.deepEqual(await list(), [
      { root: folder.join('new'), name: 'new', origins: ['registry'], status: 'no-database' },
      { root: folder.join('gone'), name: 'gone', origins: ['registry', 'configured'], status: 'gone' },
      { root: folder.join('unplugged', 'disk'), name: 'disk', origins: ['configured'], status: 'gone' },
    ]);
    assert.deepEqual(warnings, []);
  });

  it('include one with backups whose database is missing', async () => {
    makeFeatureDatabase(folder.join('lost', 'features.db'), { features: 2, passing: 1 });
    await createBackup(testProject(folder.join('lost')), { source: 'cli', reason: 'manual' }, realPorts());
    rmSync(folder.join('lost', 'features.db'));
    configure([folder.join('lost')]);
    assert.deepEqual(
      (await list()).map(({ status }) => status),
      ['present'],
    );
  });

  it('include those with recorded backups, with the last one, except in the temporary folder', async () => {
    const backup = { id: 'a', createdAt: '2026-01-25T12:00:00.000Z', features: 2, passing: 1 };
    const record = async (root: string): Promise<void> => {
      mkdirSync(root, { recursive: true });
      assert.ok(await recordProject(testProject(root), backup, () => false, ports()));
    };
    const shop = project('shop');
    await record(shop);
    await record(folder.join('gone'));
    rmSync(folder.join('gone'), { recursive: true });
    const lostEntry = {
      root: folder.join('gone'),
      name: 'gone',
      origins: ['recorded'],
      status: 'gone',
      lastBackup: backup,
    };
    const listed = async (environment: Ports['environment'] = {}) =>
      await listProjects({ ...ports(), environment: { ...ports().environment, TMPDIR: '/elsewhere', ...environment } });
    const shopEntry = { root: shop, name: 'shop', origins: ['recorded'], status: 'present', lastBackup: backup };
    assert.deepEqual(await listed(), [lostEntry, shopEntry]);
    register([['My shop', shop]]);
    assert.deepEqual(await listed(), [{ ...shopEntry, name: 'My shop', origins: ['registry', 'recorded'] }, lostEntry]);
    assert.deepEqual(await listed({ TMPDIR: folder.path }), [
      { root: shop, name: 'My shop', origins: ['registry'], status: 'present' },
    ]);
  });

  it('are incomplete if the folder of the records or of the workspaces is unreadable', async () => {
    configure([project('shop')]);
    const failing = (part: string): FileSystem => {
      const refuse = (path: unknown): void => {
        if (path === folder.join('state', part)) throw systemError('EACCES');
      };
      const { files } = ports();
      return {
        ...files,
        opendirSync: (path, ...rest) => {
          refuse(path);
          return files.opendirSync(path, ...rest);
        },
        readdirSync: new Proxy(files.readdirSync, {
          apply: (target, _this, args: Parameters<FileSystem['readdirSync']>) => {
            refuse(args[0]);
            return target(...args);
          },
        }),
      };
    };
    for (const [part, message] of [
      ['projects', /^Projects with earlier backups may be missing from the list: /],
      ['workspaces', /^Could not read the open workspaces: /],
    ] as const) {
      warnings.splice(0);
      const own = { ...ports(), files: failing(part) };
      const { isComplete, projects } = await listProjectsWithCompleteness(own);
      assert.equal(isComplete, false, part);
      assert.deepEqual(
        projects.map(({ name }) => name),
        ['shop'],
      );
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', message);
      const { onWarning, ...silent } = own;
      assert.ok(onWarning);
      assert.equal((await listProjects(silent)).length, 1);
    }
  });

  it('have the name of their path if that has no last part', async () => {
    configure(['/']);
    assert.deepEqual(
      (await list()).map(({ root, name }) => [root, name]),
      [['/', '/']],
    );
  });

  it('omit a workspace that is not a project', async () => {
    mkdirSync(folder.join('notes'));
    recordOpenWorkspaces([folder.join('notes'), folder.join('closed-and-deleted')], ports());
    assert.deepEqual(await list(), []);
  });

  it('include one with an invalid configuration', async () => {
    configure([project('odd')]);
    writeFileSync(folder.join('odd', '.feature-backups.json'), '{ "store": 7 }');
    assert.deepEqual(
      (await list()).map(({ status }) => status),
      ['present'],
    );
  });

  it('are listed with a warning if the registry is damaged', async () => {
    configure([project('shop')]);
    mkdirSync(folder.join('.autoforge'));
    writeFileSync(folder.join('.autoforge', 'registry.db'), 'damaged');
    assert.deepEqual(
      (await list()).map(({ name }) => name),
      ['shop'],
    );
    assert.equal(warnings.length, 1);
  });

  it('are an error if the user’s configuration is invalid', async () => {
    mkdirSync(folder.join('.config', 'feature-backups'), { recursive: true });
    writeFileSync(folder.join('.config', 'feature-backups', 'config.json'), '{ "projects": 7 }');
    await assert.rejects(list(), { code: 'configuration' });
  });
});
