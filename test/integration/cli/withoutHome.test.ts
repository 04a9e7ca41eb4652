import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { backUp } from '../../../core/engine.js';
import { copyFixture, sqlite3 } from '../../support/fixtureProject.js';
import { bareEnvironment, buildCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const REGISTRY = join(import.meta.dirname, '../../fixtures/autoforge-registry/registry.db');
const DRIVER = join(import.meta.dirname, '../../support/accountDriver.ts');

type Environment = Readonly<Record<string, string | undefined>>;

describe('a process without HOME, as cron starts it', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  /** By default, the account's home is `home` in the temporary folder. */
  const runWithoutHome = (
    args: readonly string[],
    { env = {}, accountHome = folder.join('home') }: { readonly env?: Environment; readonly accountHome?: string } = {},
  ) => {
    const environment = bareEnvironment({ ...env, HOME: undefined });
    assert.ok(!('HOME' in environment));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', DRIVER, accountHome, ...args], {
      cwd: join(import.meta.dirname, '../../..'),
      env: environment,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const configure = (configuration: object): void => {
    const path = folder.join('home', '.config', 'feature-backups');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), JSON.stringify(configuration));
  };
  const backupsOf = (root: string): number =>
    readdirSync(join(root, '.feature_backups')).filter((name) => name.endsWith('.db')).length;

  it('prunes by the configuration of the account, not by the defaults', async () => {
    configure({ retention: { keepLast: 1000 } });
    const root = copyFixture('0-created', folder.join('project'));
    const ports = { environment: { HOME: folder.join('home'), FEATURE_BACKUPS_STATE: folder.join('state') } };
    for (let count = 0; count < 46; count += 1) {
      sqlite3(join(root, 'features.db'), `PRAGMA user_version = ${String(count)}`);
      await backUp(root, { source: 'cli', reason: 'test' }, { ports });
    }
    const before = backupsOf(root);
    assert.ok(before >= 46, String(before));
    sqlite3(join(root, 'features.db'), 'PRAGMA user_version = 100');
    const { status, stderr } = runWithoutHome(['backup', root]);
    assert.deepEqual([status, stderr, backupsOf(root)], [0, '', before + 1]);
  });

  it('finds the projects of the account’s AutoForge', () => {
    mkdirSync(folder.join('home', '.autoforge'), { recursive: true });
    cpSync(REGISTRY, folder.join('home', '.autoforge', 'registry.db'));
    const { stdout } = runWithoutHome(['status', '--all', '--json']);
    assert.match(stdout, /"\/home\/dev\/projects\/shop-front"/);
  });

  it('keeps its state in the account’s home', () => {
    configure({ projects: [copyFixture('0-created', folder.join('project'))] });
    const { status, stderr } = runWithoutHome(['watch', '--once'], { env: { FEATURE_BACKUPS_STATE: undefined } });
    assert.equal(status, 0, stderr);
    assert.ok(existsSync(folder.join('home', '.local', 'state', 'feature-backups')));
  });

  it('backs up for an account without a home, and without any other variable', () => {
    const root = copyFixture('0-created', folder.join('project'));
    for (const accountHome of ['', folder.join('missing')]) {
      sqlite3(join(root, 'features.db'), `PRAGMA user_version = ${String(accountHome.length)}`);
      const env = { PATH: undefined, FEATURE_BACKUPS_STATE: undefined };
      const { status, stderr } = runWithoutHome(['backup', root], { env, accountHome });
      const warning = 'Could not determine the state folder of Feature Backups. The backup itself is complete';
      assert.equal(status, 0);
      assert.equal(stderr, accountHome === '' ? `feature-backups: warning: ${warning}\n` : '');
    }
    assert.equal(backupsOf(root), 2);
    assert.ok(!existsSync(folder.join('missing', '.config')));
  });
});
