import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { assess } from '../../../core/health/assess.js';
import { findProject } from '../../../core/project/findProject.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the location of the database', () => {
  const folder = useTemporaryFolder();
  const ports: Ports = { ...realPorts(), environment: {} };
  const autoforge = (): string => folder.join('.autoforge', 'features.db');
  const atRoot = (): string => folder.join('features.db');

  function make(path: string, features: number, passing: number): void {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    makeFeatureDatabase(path, { features, passing, journalMode: 'delete' });
  }

  /** Without the information that nothing is connected. */
  async function problems(using: Ports = ports) {
    const assessment = await assess(await findProject(folder.path, using), using);
    return assessment.problems.filter(({ code }) => code !== 'not-connected');
  }

  const codes = async (using: Ports = ports) =>
    (await problems(using)).map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

  async function backUp(): Promise<void> {
    await createBackup(await findProject(folder.path, ports), { source: 'cli', reason: 'manual' }, ports);
  }

  it('is reported if the database is empty and another known location contains the backlog', async () => {
    mkdirSync(dirname(autoforge()));
    writeFileSync(autoforge(), '');
    make(atRoot(), 598, 350);
    const other = (await problems()).find(({ code }) => code === 'other-database') ?? assert.fail('not reported');
    assert.match(
      other.description,
      /^features\.db also contains 598 features, 350 passing, but only \.autoforge\/features\.db is backed up\.$/,
    );
    assert.equal(other.severity, 'warning');
    assert.match(other.advice, /"database" in \.feature-backups\.json/);
  });

  it('is reported if the other database has more passing features, or was written later', async () => {
    make(autoforge(), 20, 3);
    await backUp();
    make(atRoot(), 20, 4);
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(atRoot(), past, past);
    assert.deepEqual(await codes(), ['warning other-database features.db']);
    sqlite3(atRoot(), 'UPDATE features SET passes = 0');
    utimesSync(atRoot(), past, past);
    assert.deepEqual(await codes(), [], 'fewer and older');
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(atRoot(), future, future);
    assert.deepEqual(await codes(), ['warning other-database features.db']);
  });

  it('is not reported for a link, an empty database or a file that is not a database', async () => {
    make(autoforge(), 20, 3);
    await backUp();
    symlinkSync(autoforge(), atRoot());
    assert.deepEqual(await codes(), []);
    rmSync(atRoot());
    writeFileSync(atRoot(), 'no database'.repeat(1000));
    assert.deepEqual(await codes(), []);
    make(atRoot(), 5, 0);
    sqlite3(atRoot(), 'DELETE FROM features');
    assert.deepEqual(await codes(), []);
  });

  it('is unknown if the other database is unreadable, which is a warning', async () => {
    make(autoforge(), 20, 3);
    await backUp();
    make(atRoot(), 50, 4);
    const warnings: string[] = [];
    const lstatSync = ((path: string, options: object) => {
      if (path === atRoot())
        throw Object.assign(new Error(`EACCES: permission denied, lstat '${path}'`), { code: 'EACCES' });
      return ports.files.lstatSync(path, options);
    }) as Ports['files']['lstatSync'];
    const denied = { ...ports, files: { ...ports.files, lstatSync }, onWarning: (text: string) => warnings.push(text) };
    const project = await findProject(folder.path, ports);
    assert.deepEqual(
      (await assess(project, denied)).problems.map(({ code }) => code),
      ['not-connected'],
    );
    assert.match(warnings.join(), /features\.db.*This is not the database that is backed up/);
  });

  /** The list of mounts is the kernel's: a real network file system cannot be mounted in a test. */
  const mountedAs = (type: string): Ports => {
    const readFileSync = ((path: string, encoding: 'utf8') =>
      path === '/proc/self/mountinfo'
        ? `22 1 0:20 / / rw - ext4 /dev/sda1 rw\n23 22 0:21 / ${folder.path.replaceAll(' ', '\\040')} rw shared:1 - ${type} share rw\n24 22 0:22 / ${folder.path}-other rw - tmpfs none rw\n`
        : ports.files.readFileSync(path, encoding)) as Ports['files']['readFileSync'];
    return { ...ports, files: { ...ports.files, readFileSync } };
  };

  for (const type of ['9p', 'virtiofs', 'fuse.sshfs', 'nfs4', 'cifs']) {
    it(`is reported for a database in WAL mode on ${type}`, async function () {
      if (process.platform !== 'linux') this.skip();
      make(autoforge(), 20, 3);
      await backUp();
      assert.deepEqual(await codes(mountedAs(type)), [], 'a rollback journal');
      sqlite3(autoforge(), 'PRAGMA journal_mode = WAL');
      await backUp();
      assert.deepEqual(await codes(mountedAs(type)), ['warning unsafe-file-system ']);
      assert.match((await problems(mountedAs(type)))[0]?.message ?? '', new RegExp(`${type}.* local disk`));
      assert.deepEqual(await codes(mountedAs('ext4')), []);
      assert.deepEqual(await codes(), [], 'the real file system');
    });
  }
});
