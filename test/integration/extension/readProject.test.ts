import assert from 'node:assert/strict';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../../core/engine.js';
import type { Ports } from '../../../core/system/index.js';
import { recordBackupFailure } from '../../../extension/engine/jobs.js';
import type { Params } from '../../../extension/engine/protocol.js';
import { readProject } from '../../../extension/engine/readProject.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { VaultHome } from '../../support/vaultHome.js';

const trigger = { source: 'editor', reason: 'manual' } as const;

describe('what the editor reads about a project', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  async function read(root: string, more: Omit<Params<'readProject'>, 'root'> = {}, ports: Partial<Ports> = {}) {
    const reading = await readProject({ root, ...more }, { ports: home.ports(ports) });
    return { reading, problems: (reading?.problems ?? []).map(({ severity, code }) => `${severity} ${code}`) };
  }

  it('is nothing in a folder without a project', async () => {
    assert.equal((await read(folder.path)).reading, undefined);
    assert.equal((await read(folder.join('missing'))).reading, undefined);
  });

  it('includes an invalid schedule', async () => {
    const root = home.make('shop');
    writeFileSync(join(root, '.feature-backups.json'), '{"schedule": {"drill": "0 0 30 2 *"}}');
    await backUp(root, trigger, { ports: home.ports() });
    assert.deepEqual((await read(root)).problems, ['warning schedule-unreadable']);
  });

  it('has the reason if the configuration cannot be read, and rules nothing else out', async () => {
    const root = home.make('shop');
    writeFileSync(join(root, '.feature-backups.json'), '{ "store": 12 }');
    const { reading, problems } = await read(root);
    assert.deepEqual(problems, ['critical store-unusable']);
    assert.equal(reading?.overview, undefined);
    assert.ok(reading?.undetermined.includes('database-damaged'));
  });

  it('reports the loss of a project together with its backups', async () => {
    const root = home.make('shop');
    await backUp(root, trigger, { ports: home.ports() });
    rmSync(root, { recursive: true });
    const { reading, problems } = await read(root);
    assert.deepEqual(problems, ['critical backups-gone']);
    assert.ok(reading?.undetermined.includes('backup-failed'));
  });

  it('reports a database that was seen and that disappeared before its first backup', async () => {
    const root = home.make('shop');
    const { reading } = await read(root);
    assert.equal(reading?.overview?.databasePath, join(root, 'features.db'));
    rmSync(join(root, 'features.db'));
    const { reading: after, problems } = await read(root);
    assert.deepEqual(problems, ['warning database-gone']);
    assert.equal(after?.overview, undefined);
    assert.match(after?.problems[0]?.description ?? '', /features\.db is missing and was never backed up/);
    assert.ok(after?.undetermined.includes('backup-failed'));
    home.make('shop');
    assert.deepEqual((await read(root)).problems, ['warning never-backed-up']);
  });

  it('reports a database that only the window has seen, in a temporary folder', async () => {
    const root = folder.join('temporary', 'shop');
    makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
    const databasePath = join(root, 'features.db');
    assert.deepEqual((await read(root)).problems, ['warning never-backed-up']);
    rmSync(databasePath);
    assert.equal((await read(root)).reading, undefined);
    const seen = { root, databasePath, seenAt: '2026-01-25T14:46:00.000Z', features: 20, passing: 1 };
    assert.deepEqual((await read(root, { seen })).problems, ['warning database-gone']);
  });

  it('applies the editor’s limit for unsaved changes, and predicts when it will be reached', async () => {
    const root = home.make('shop');
    await backUp(root, trigger, { ports: home.ports() });
    sqlite3(join(root, 'features.db'), 'UPDATE features SET passes = 1');
    const laterBy = (minutes: number) => ({ now: () => new Date(Date.now() + minutes * 60_000) });
    const { reading, problems } = await read(root, { unsavedMinutes: 10 });
    assert.deepEqual(problems, []);
    assert.ok(reading?.overdueAt && reading.overdueAt.getTime() > Date.now());
    assert.deepEqual((await read(root, { unsavedMinutes: 10 }, laterBy(11))).problems, ['warning backup-overdue']);
    assert.deepEqual((await read(root, { unsavedMinutes: 0 }, laterBy(11))).problems, []);
    assert.equal((await read(root, { unsavedMinutes: 0 })).reading?.overdueAt, undefined);
  });

  it('includes a backup that failed because its process ended', async () => {
    const root = home.make('shop');
    await backUp(root, trigger, { ports: home.ports() });
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(join(root, 'features.db'), old, old);
    const failure = {
      message: 'The engine process ended unexpectedly: SIGKILL',
      code: 'io',
      operation: 'backUp',
    } as const;
    const rest = { path: undefined, hint: undefined, stack: undefined };
    await recordBackupFailure(root, { ...failure, ...rest }, { ports: home.ports() });
    const { reading, problems } = await read(root);
    assert.deepEqual(problems, ['critical backup-failed']);
    assert.match(reading?.problems[0]?.description ?? '', /ended unexpectedly: SIGKILL/);
  });
});
