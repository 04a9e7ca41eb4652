import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { describe, it } from 'mocha';
import { KnownProjects } from '../../support/knownProjects.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { startWatch } from '../../support/watchProcess.js';

const SCHEMA = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../media/status.schema.json'), 'utf8'),
) as Readonly<Record<string, unknown>>;

interface Watcher {
  readonly pid: number;
  readonly report: { readonly projects: number } | null;
}

describe('the published schema of status --json', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const validate = new Ajv({ allErrors: true }).compile(SCHEMA);

  const cli = async (...args: readonly string[]) => await runCliJson(args, { env: home.environment, cwd: folder.path });
  const valid = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const { document } = await cli('status', ...args);
    assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 8), null, 2));
    return document;
  };

  it('describes every key, and allows no other', () => {
    const undescribed: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      if (Array.isArray(schema)) {
        schema.forEach((part, index) => walk(part, `${path}/${String(index)}`));
        return;
      }
      const { properties, additionalProperties } = schema as Readonly<Record<string, unknown>>;
      if (typeof properties === 'object' && properties !== null) {
        assert.equal(additionalProperties, false, `${path} lets unknown keys pass`);
        for (const [key, value] of Object.entries(properties as Readonly<Record<string, object>>)) {
          const isReference = '$ref' in value;
          if (!isReference && !('description' in value)) undescribed.push(`${path}/${key}`);
        }
      }
      for (const [key, value] of Object.entries(schema)) walk(value, `${path}/${key}`);
    };
    walk(SCHEMA, '');
    assert.deepEqual(undescribed, []);
  });

  it('matches a project in every state: new, backed up, drilled, synced, shrunk, damaged, missing', async () => {
    const shop = home.make('shop');
    mkdirSync(folder.join('disk'));
    home.configure({
      targets: [
        { name: 'disk', folder: folder.join('disk'), retention: { keepLast: 3 } },
        { name: 'cloud', rclone: 'nowhere:backups' },
      ],
      notifications: {
        email: {
          from: 'a@example.com',
          to: ['b@example.com'],
          host: 'localhost',
          user: 'me',
          passwordVariable: 'SECRET',
        },
        webhooks: [{ url: 'https://example.com/hook' }, { urlVariable: 'HOOK' }],
        ping: { url: 'https://example.com/ping' },
      },
      projects: [shop],
    });
    const first = await valid(shop);
    assert.equal(first.newest, null, JSON.stringify(first));
    await cli('backup', shop);
    await cli('verify', shop);
    await cli('drill', shop);
    await cli('replicate', shop, '--target', 'disk');
    const well = await valid(shop);
    assert.ok(well.newest !== null && well.lastGood !== null && well.lastProven !== null);
    assert.match(JSON.stringify(well.replication), /"disk","lastOkAt":"20/);

    sqlite3(home.database('shop'), 'DELETE FROM features WHERE id > 3');
    await cli('backup', shop, '--reason', 'after_reset');
    assert.equal((await valid(shop)).state, 'warning');
    writeFileSync(home.database('shop'), 'no database '.repeat(1000));
    await cli('backup', shop);
    assert.equal((await valid(shop)).state, 'critical');
    rmSync(home.database('shop'));
    assert.equal((await valid(shop)).state, 'critical');
  });

  it('matches all projects: a good, a missing and an unreadable one, and one without a database', async () => {
    home.make('well');
    home.make('odd');
    writeFileSync(join(home.path('odd'), '.feature_backups'), 'in the way');
    mkdirSync(home.path('new'));
    home.register('well', 'odd', 'gone', 'new');
    await cli('backup', home.path('well'));
    const { projects } = (await valid('--all')) as { projects: { name: string; state: string; status: string }[] };
    assert.deepEqual(
      projects.map(({ name, status, state }) => `${name} ${status} ${state}`),
      ['well present ok', 'odd present critical', 'gone gone warning', 'new no-database ok'],
    );
  });

  it('includes the running watcher, for one project and for all', async () => {
    const shop = home.make('shop');
    home.register('shop');
    assert.equal((await valid(shop)).watcher, null);
    assert.equal((await valid('--all')).watcher, null);
    const running = startWatch([], home.environment);
    try {
      await running.next(({ event }) => event === 'backed-up');
      let watcher: Watcher;
      // It reports after its first pass.
      do watcher = (await valid(shop)).watcher as Watcher;
      while (watcher.report === null);
      assert.equal(watcher.pid, running.pid);
      assert.equal(watcher.report.projects, 1);
      assert.equal(((await valid('--all')).watcher as Watcher).pid, running.pid);
      const { stdout } = await runCli(['status', shop], { env: home.environment });
      assert.match(stdout, new RegExp(`^watcher\\tprocess ${String(running.pid)} on `, 'm'));
    } finally {
      running.kill('SIGTERM');
      await running.ended;
    }
    assert.equal((await valid(shop)).watcher, null);
  });

  it('matches an error', async () => {
    const document = await valid(folder.join('nowhere'));
    assert.ok('error' in document);
  });

  it('refuses unknown keys', async () => {
    const document = await valid(home.make('shop'));
    assert.equal(validate({ ...document, novelty: 1 }), false);
    assert.equal(validate({ ...document, backupCount: 'many' }), false);
  });
});
