import assert from 'node:assert/strict';
import nodeFileSystem, { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { backupFinder } from '../../../core/history/index.js';
import type { Project } from '../../../core/project/index.js';
import { readProjectRecord, recordProject } from '../../../core/projects/index.js';
import { syncVault } from '../../../core/replication/syncVault.js';
import { readCatalog, readJobs, type Backup } from '../../../core/store/index.js';
import type { FileSystem, Ports } from '../../../core/system/ports.js';
import { keepInVault } from '../../../core/vault/index.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { flipByte, projectWithBackups } from '../../support/replication/copies.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a sync of the vault', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  let warnings: string[];
  let key: string;
  /** Newest first. */
  let backups: readonly Backup[];
  const project = (): Project => recorded.project;
  const ports = (more: Partial<Ports> = {}): Ports =>
    recorded.ports({ onWarning: (warning) => warnings.push(warning), ...more });
  const names = () => recorded.namesInVault(key);
  const inVault = (name: string): string => join(recorded.vault, key, name);
  const sync = async (own = ports(), of = project()): Promise<string | undefined> => (await syncVault(of, own))?.code;
  const filesOf = (...of: readonly (Backup | undefined)[]): readonly string[] =>
    of.flatMap((backup) => [`${backup?.id ?? ''}.db.gz`, `${backup?.id ?? ''}.json`]);
  const link = (): void => {
    for (const backup of backups) keepInVault(project(), key, backup, 'cli', ports());
  };
  /** Nothing can be written into the store. */
  const readOnlyStore = (): Partial<Ports> => {
    const openSync: FileSystem['openSync'] = (path, flags, ...rest) => {
      if (String(path).startsWith(project().storePath) && String(flags).startsWith('w')) throw systemError('EACCES');
      return nodeFileSystem.openSync(path, flags, ...rest);
    };
    return { files: { ...nodeFileSystem, openSync } };
  };
  const withoutRecords = (): Partial<Ports> => {
    const records = folder.join('state', 'projects');
    return { files: portsThatRefuse('EIO', ({ path }) => path.startsWith(records) && path.endsWith('.json')).files };
  };

  beforeEach(async () => {
    warnings = [];
    await projectWithBackups(project().root, 3);
    ({ backups } = readCatalog(project(), ports()));
    const [newest] = backups;
    assert.ok(newest);
    const last = { id: newest.id, createdAt: newest.createdAt.toISOString(), features: 12, passing: 3 };
    const record = await recordProject(project(), last, backupFinder(project(), ports()), ports());
    assert.ok(record);
    [key] = record.vaultKeys;
  });

  it('replaces links by compressed copies, and then has nothing to do', async () => {
    link();
    assert.equal(names().length, 7);
    assert.equal(await sync(), undefined);
    assert.deepEqual(names(), [...filesOf(...backups), 'project.json'].sort());
    for (const { id, path } of backups)
      assert.deepEqual(gunzipSync(readFileSync(inVault(`${id}.db.gz`))), readFileSync(path));
    const before = names().map((name) => statSync(inVault(name)).ino);
    assert.equal(await sync(), undefined);
    assert.deepEqual(
      names().map((name) => statSync(inVault(name)).ino),
      before,
    );
    assert.deepEqual(warnings, []);
    assert.equal(readJobs(project(), ports()).vault, undefined, 'a success needs no record');
  });

  it('does nothing if the vault is turned off, or if nothing is recorded of the project', async () => {
    const { configuration } = project();
    assert.equal(await sync(ports(), { ...project(), configuration: { ...configuration, vault: false } }), undefined);
    rmSync(folder.join('state'), { recursive: true });
    assert.equal(await sync(), undefined);
    assert.equal(existsSync(recorded.vault), false);
  });

  it('copies through the links what is no longer in the store', async () => {
    link();
    rmSync(project().storePath, { recursive: true });
    assert.equal(await sync(), undefined);
    assert.deepEqual(names(), [...filesOf(...backups), 'project.json'].sort());
  });

  it('does not copy a backup from a link to another one of the same name', async () => {
    link();
    const [newest] = backups;
    assert.ok(newest);
    const images = new Map(backups.map((backup) => [backup.id, readFileSync(backup.path)]));
    for (const name of [`${newest.id}.db`, `${newest.id}.json`]) rmSync(inVault(name));
    const [, other] = backups;
    nodeFileSystem.copyFileSync(other?.path ?? '', inVault(`${newest.id}.db`));
    nodeFileSystem.copyFileSync(`${other?.path.slice(0, -3) ?? ''}.json`, inVault(`${newest.id}.json`));
    assert.equal(await sync(), undefined);
    assert.deepEqual(gunzipSync(readFileSync(inVault(`${newest.id}.db.gz`))), images.get(newest.id));
  });

  it('counts the history in the limits, of the project and of all', async () => {
    assert.equal(await sync(), undefined);
    const segment = 'history-000001-20200101-000000.fbh';
    writeFileSync(inVault(segment), Buffer.alloc(100_000));
    const sizes = backups.map(({ id }) => statSync(inVault(`${id}.db.gz`)).size);
    const needed = 100_000 + sizes.reduce((sum, size) => sum + size, 0);
    const limited = (vaultLimits: Partial<Project['configuration']['vaultLimits']>): Project => {
      const { configuration } = project();
      return {
        ...project(),
        configuration: { ...configuration, vaultLimits: { ...configuration.vaultLimits, ...vaultLimits } },
      };
    };
    const copies = () => names().filter((name) => name.endsWith('.db.gz'));
    for (const limit of ['projectBytes', 'totalBytes'] as const) {
      assert.equal(await sync(ports(), limited({ [limit]: 10 * needed })), undefined);
      assert.equal(copies().length, 3);
      assert.equal(await sync(ports(), limited({ [limit]: needed - 1 })), undefined);
      assert.deepEqual(
        copies(),
        backups
          .slice(0, 2)
          .map(({ id }) => `${id}.db.gz`)
          .sort(),
        limit,
      );
    }
    assert.ok(names().includes(segment));
  });

  it('keeps all copies if the store is empty', async () => {
    assert.equal(await sync(), undefined);
    const before = names();
    for (const { id, path } of backups)
      for (const file of [path, join(project().storePath, `${id}.json`)]) rmSync(file);
    recorded.putInVault(key, 'sync-wanted');
    assert.equal(await sync(), undefined);
    assert.deepEqual(names(), before);
  });

  it('keeps the link to a damaged image, which it does not copy', async () => {
    link();
    const [, damaged] = backups;
    assert.ok(damaged);
    flipByte(damaged.path);
    await sync();
    assert.ok(names().includes(`${damaged.id}.db`), names().join());
    assert.ok(!names().includes(`${damaged.id}.db.gz`));
  });

  it('leaves a sign that it is wanted if it fails, and records that until one succeeds', async () => {
    link();
    const failing = ports();
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (String(to).endsWith('.db.gz')) throw systemError('ENOSPC');
      nodeFileSystem.renameSync(from, to);
    };
    const linkSync: FileSystem['linkSync'] = (from, to) => {
      if (String(to).endsWith('.db.gz')) throw systemError('ENOSPC');
      nodeFileSystem.linkSync(from, to);
    };
    const files = { ...nodeFileSystem, renameSync, linkSync };
    assert.equal(await sync({ ...failing, files }), 'disk-full');
    assert.ok(names().includes('sync-begun') && !names().includes('sync-wanted'), names().join());
    const job = () => readJobs(project(), ports()).vault;
    assert.equal(job()?.ok, false);
    assert.match(job()?.problem ?? '', /ENOSPC/);
    assert.equal(await sync(), undefined);
    assert.ok(!names().includes('sync-begun'));
    assert.equal(job()?.ok, true);
  });

  it('returns its problem although it cannot be recorded, which is a warning', async () => {
    writeFileSync(recorded.vault, 'in the way');
    const own = ports(readOnlyStore());
    const problem = await syncVault(project(), own);
    assert.ok(problem !== undefined);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /^Could not record the result of syncing the vault: /);
    assert.equal(readJobs(project(), ports()).vault, undefined);
    const { onWarning, ...silent } = own;
    assert.ok(onWarning);
    assert.equal((await syncVault(project(), silent))?.code, problem.code);
  });

  it('fails if the record of the project is unreadable', async () => {
    link();
    assert.equal(await sync(ports(withoutRecords())), 'io');
    assert.equal(readJobs(project(), ports()).vault?.ok, false);
  });

  it('copies the links of a project that another one has replaced, and adds nothing of that one', async () => {
    link();
    const copies = filesOf(...backups);
    renameSync(project().root, folder.join('away'));
    await projectWithBackups(project().root, 1);
    assert.equal(await sync(), undefined);
    assert.deepEqual(names(), [...copies].sort());
  });

  it('reads no record if the caller has just read it', async () => {
    link();
    const record = readProjectRecord(project().root, ports());
    assert.ok(record);
    assert.equal(await syncVault(project(), ports(withoutRecords()), record), undefined);
    assert.deepEqual(names(), [...filesOf(...backups), 'project.json'].sort());
  });
});
