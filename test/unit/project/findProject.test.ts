import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { findProject, locateProject } from '../../../core/project/findProject.js';
import { portsThatRefuse, READ_ERRORS } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the search for a project', () => {
  const storeWith = (...names: readonly string[]): void => {
    for (const name of names) file('.feature_backups', name);
  };

  const folder = useTemporaryFolder();
  const ports = (environment: Ports['environment'] = {}): Ports => ({ ...realPorts(), environment });

  function file(...parts: string[]): string {
    const path = folder.join(...parts);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    return path;
  }

  it('finds the first existing one of AutoForge’s three paths', async () => {
    const third = file('features.db');
    assert.equal((await findProject(folder.path, ports())).databasePath, third);
    const second = file('.autocoder', 'features.db');
    assert.equal((await findProject(folder.path, ports())).databasePath, second);
    const first = file('.autoforge', 'features.db');
    const project = await findProject(folder.path, ports());
    assert.equal(project.databasePath, first);
    assert.equal(project.root, folder.path);
    assert.equal(project.storePath, folder.join('.feature_backups'));
  });

  it('prefers the configured database to AutoForge’s paths', async () => {
    file('features.db');
    const configured = file('data', 'backlog.db');
    writeFileSync(folder.join('.feature-backups.json'), '{ "database": "data/backlog.db" }');
    assert.equal((await findProject(folder.path, ports())).databasePath, configured);
  });

  it('prefers the argument to PROJECT_DIR, and PROJECT_DIR to the working directory', async () => {
    for (const name of ['argument', 'environment', 'cwd']) file(name, 'features.db');
    const withEnvironment = ports({ PROJECT_DIR: folder.join('environment') });
    const cwd = folder.join('cwd');
    assert.equal(
      (await locateProject({ argument: '../argument', cwd }, withEnvironment)).root,
      folder.join('argument'),
    );
    assert.equal((await locateProject({ cwd }, withEnvironment)).root, folder.join('environment'));
    assert.equal((await locateProject({ cwd }, ports({ PROJECT_DIR: '' }))).root, cwd);
  });

  it('finds the nearest folder at or above the working directory', async () => {
    file('outer', 'features.db');
    file('outer', 'inner', '.autoforge', 'features.db');
    mkdirSync(folder.join('outer', 'inner', 'src', 'deep'), { recursive: true });
    mkdirSync(folder.join('outer', 'other'));
    const locate = async (...parts: string[]) => (await locateProject({ cwd: folder.join(...parts) }, ports())).root;
    assert.equal(await locate('outer', 'inner', 'src', 'deep'), folder.join('outer', 'inner'));
    assert.equal(await locate('outer', 'other'), folder.join('outer'));
    assert.equal(await locate('outer', 'inner', '.autoforge'), folder.join('outer', 'inner'));
  });

  it('accepts a database file as the project', async () => {
    const database = file('.autoforge', 'features.db');
    const project = await findProject(database, ports());
    assert.deepEqual([project.root, project.databasePath], [folder.path, database]);
    const other = file('elsewhere', 'backlog.db');
    const single = await findProject(other, ports());
    assert.deepEqual([single.root, single.databasePath], [folder.join('elsewhere'), other]);
  });

  it('refuses a second database of one project, because its backups would be mixed with the others', async () => {
    file('.autoforge', 'features.db');
    await rejects(findProject(file('features.db'), ports()), 'configuration', /not .*features\.db/);
  });

  it('reports every searched folder', async () => {
    mkdirSync(folder.join('a', 'b'), { recursive: true });
    const error = await rejects(locateProject({ cwd: folder.join('a', 'b') }, ports()), 'database-not-found');
    for (const place of ['.autoforge/features.db', '.autocoder/features.db', 'features.db']) {
      assert.ok(error.message.includes(place), place);
    }
    for (let path = folder.join('a', 'b'); path !== dirname(path); path = dirname(path)) {
      assert.match(error.message, new RegExp(`^  ${path}$`, 'm'));
    }
  });

  it('suggests the project above a named folder without one', async () => {
    file('features.db');
    mkdirSync(folder.join('sub'));
    const error = await rejects(findProject(folder.join('sub'), ports()), 'database-not-found');
    assert.ok(error.hint?.includes(folder.path));
  });

  it('distinguishes a missing folder from one without a database', async () => {
    await rejects(findProject(folder.join('nowhere'), ports()), 'project-not-found');
    await rejects(findProject(folder.join('x'.repeat(5000)), ports()), 'project-not-found');
    await rejects(findProject('a\0b', ports()), 'usage');
  });

  it('finds a project with backups whose database is missing', async () => {
    file('.feature_backups', 'features_3_20260101-000000_manual.db');
    assert.equal((await findProject(folder.path, ports())).databasePath, folder.join('features.db'));
    mkdirSync(folder.join('.autoforge'));
    assert.equal((await findProject(folder.path, ports())).databasePath, folder.join('.autoforge', 'features.db'));
    const found = await findProject(folder.join('.autoforge', 'features.db'), ports());
    assert.equal(found.root, folder.path);
  });

  it('locates a missing database by its newest backup, if the path is a known one', async () => {
    mkdirSync(folder.join('.autoforge'));
    file('.feature_backups', 'features_3_20260102-000000_manual.db');
    const metadata = folder.join('.feature_backups', 'features_3_20260102-000000_manual.json');
    writeFileSync(metadata, JSON.stringify({ original_file: '.autocoder\\features.db' }));
    assert.equal((await findProject(folder.path, ports())).databasePath, folder.join('.autocoder', 'features.db'));
    writeFileSync(metadata, JSON.stringify({ original_file: '../../.bashrc' }));
    assert.equal((await findProject(folder.path, ports())).databasePath, folder.join('.autoforge', 'features.db'));
  });

  it('works without a home', async () => {
    file('features.db');
    assert.equal((await findProject(folder.path, ports({}))).configuration.retention.keepLast, 20);
  });

  it('refuses paths in the project’s file that point outside the project', async () => {
    file('features.db');
    const configure = (text: string): void => writeFileSync(folder.join('.feature-backups.json'), text);
    for (const store of ['../elsewhere', '/tmp/elsewhere', '.', 'features.db']) {
      configure(JSON.stringify({ store }));
      await rejects(findProject(folder.path, ports()), 'unsafe-store');
    }
    for (const database of ['../features.db', '/etc/passwd', 'a/../../features.db']) {
      configure(JSON.stringify({ database }));
      await rejects(findProject(folder.path, ports()), 'configuration');
    }
  });

  it('refuses a store that is not a folder, and names its kind', async function () {
    if (process.platform === 'win32') this.skip();
    file('features.db');
    execFileSync('mkfifo', [folder.join('pipe')]);
    for (const [store, kind] of [
      ['features.db', 'file'],
      ['pipe', 'pipe'],
    ] as const) {
      writeFileSync(folder.join('.feature-backups.json'), JSON.stringify({ store }));
      await rejects(findProject(folder.path, ports()), 'unsafe-store', new RegExp(`is a ${kind}, not a folder`));
    }
  });

  it('refuses a store that is a link that points outside the project, even a dangling one', async () => {
    file('project', 'features.db');
    mkdirSync(folder.join('outside'));
    symlinkSync(folder.join('outside'), folder.join('project', '.feature_backups'));
    await rejects(findProject(folder.join('project'), ports()), 'unsafe-store');
    file('other', 'features.db');
    symlinkSync(folder.join('not-yet'), folder.join('other', '.feature_backups'));
    await rejects(findProject(folder.join('other'), ports()), 'unsafe-store');
  });

  it('refuses a configured database behind a link that points outside the project', async () => {
    file('outside', 'features.db');
    mkdirSync(folder.join('project'));
    symlinkSync(folder.join('outside'), folder.join('project', 'data'));
    writeFileSync(folder.join('project', '.feature-backups.json'), '{"database":"data/features.db"}');
    await rejects(findProject(folder.join('project'), ports()), 'unsafe-path');
  });

  it('allows the user’s configuration to place stores elsewhere, in one folder per project', async () => {
    for (const name of ['one', 'two']) file(name, 'shop', 'features.db');
    const withEnvironment = ports({ FEATURE_BACKUPS_STORE: folder.join('stores') });
    const stores = await Promise.all(
      ['one', 'two'].map(async (name) => (await findProject(folder.join(name, 'shop'), withEnvironment)).storePath),
    );
    assert.equal(new Set(stores).size, 2);
    for (const store of stores) assert.match(store, new RegExp(`^${join(folder.path, 'stores')}/shop-[0-9a-f]{16}$`));
  });

  for (const code of READ_ERRORS) {
    it(`fails on a store that cannot be read with ${code}, instead of searching above it`, async () => {
      storeWith('features_1_20260125-144600_a.db');
      mkdirSync(folder.join('inner'));
      const refuse = (path: unknown): void => {
        if (String(path) === folder.join('.feature_backups')) throw systemError(code);
      };
      const { files } = realPorts();
      const opendirSync = ((path: string, ...rest: []) => {
        refuse(path);
        return files.opendirSync(path, ...rest);
      }) as typeof files.opendirSync;
      const closed = { ...ports(), files: { ...files, opendirSync } };
      await assert.rejects(findProject(folder.path, closed), isReadError(code));
      await assert.rejects(locateProject({ cwd: folder.join('inner') }, closed), isReadError(code));
    });

    it(`locates a missing database by older metadata if the newest cannot be read with ${code}`, async () => {
      mkdirSync(folder.join('.autoforge'));
      storeWith('features_1_20260125-144600_a.db', 'features_1_20260126-144600_b.db');
      const [older, newer] = ['features_1_20260125-144600_a.json', 'features_1_20260126-144600_b.json'].map((name) => {
        const path = folder.join('.feature_backups', name);
        writeFileSync(path, '{"original_file": "features.db"}');
        return path;
      });
      const found = await findProject(
        folder.path,
        portsThatRefuse(code, ({ path }) => path === newer),
      );
      assert.equal(found.databasePath, folder.join('features.db'));
      // The folder .autoforge alone must not decide which file a restore writes.
      const closed = portsThatRefuse(code, ({ path }) => path === newer || path === older);
      await assert.rejects(findProject(folder.path, closed), isReadError(code));
    });
  }
});

async function rejects(promise: Promise<unknown>, code: string, message?: RegExp): Promise<BackupError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError, String(error));
  assert.equal(error.code, code, error.message);
  if (message) assert.match(error.message, message);
  return error;
}

function isReadError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.message.includes(code);
}
