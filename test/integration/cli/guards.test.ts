import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyFixture, sqlite3 } from '../../support/fixtureProject.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('quarantine and acknowledgement, on a real project', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  let database = '';
  beforeEach(async () => {
    project = copyFixture('2-after-200-passing', folder.join('shop front'));
    database = join(project, 'features.db');
    await run('backup');
  });

  const cliOptions = () => ({ cwd: project, env: { FEATURE_BACKUPS_STATE: folder.join('state') } });
  const run = (...args: string[]) => runCli(args, cliOptions());
  const json = (...args: string[]) => runCliJson(args, cliOptions());
  const store = (...names: string[]) => join(project, '.feature_backups', ...names);
  const images = () => readdirSync(store()).filter((name) => name.endsWith('.db'));
  const flipByte = (path: string) => {
    const bytes = readFileSync(path);
    bytes[9000] = (bytes[9000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };

  describe('quarantine', () => {
    it('verify quarantines a damaged backup, and reports that no backups are left', async () => {
      const [name = ''] = images();
      flipByte(store(name));
      const { code, stdout, stderr } = await run('verify');
      assert.equal(code, 3);
      assert.match(stdout, /^damaged\tfeatures_598_.*SHA-256/);
      assert.match(stderr, /Quarantined 1 damaged backup.*\n.*No backups are left/);
      assert.deepEqual([images(), existsSync(store('quarantine', name))], [[], true]);
      const list = await run('list', '--quarantine');
      assert.match(list.stdout, /^features_598_[^\t]+\t[^\t]+Z\t\d+\t.*quarantine.*\.db\t.*SHA-256/);
      assert.match((await run('status')).stdout, /^\t1 backup in quarantine/m);
      assert.match(JSON.stringify((await json('status')).document), /"quarantineCount":1/);
      const restore = await run('restore', name, '--yes');
      assert.equal(restore.code, 3);
      assert.match(restore.stderr, /in quarantine.*\n.*quarantine\/features_598/);
      assert.equal((await run('verify')).code, 0);
    });

    it('verify does not quarantine with --no-quarantine, or if a backup is named', async () => {
      const [name = ''] = images();
      flipByte(store(name));
      for (const args of [['--no-quarantine'], ['latest']]) {
        const { code, document } = await json('verify', ...args);
        assert.equal(code, 3);
        assert.match(JSON.stringify(document.backups), /"ok":false.*"quarantined":null/);
      }
      assert.deepEqual(images(), [name]);
      const list = await run('list', '--quarantine');
      assert.deepEqual([list.code, list.stdout], [0, '']);
    });
  });

  describe('acknowledge', () => {
    const shrink = () => sqlite3(database, 'DELETE FROM features WHERE id > 12');

    it('shows what is missing, asks, pins the newest larger backup and resumes pruning', async () => {
      shrink();
      assert.match((await run('backup')).stderr, /feature-backups acknowledge/);
      assert.match((await run('status')).stderr, /feature-backups acknowledge/);
      assert.match((await run('cleanup', '--dry-run')).stderr, /feature-backups acknowledge/);
      const asked = await run('acknowledge');
      assert.equal(asked.code, 5);
      assert.match(asked.stdout, /contains 12 features.*\nfeatures_598_.* contains 598 features.*: 586 features more/);
      const planned = await json('acknowledge', '--dry-run');
      assert.deepEqual([planned.code, planned.document.status], [0, 'planned']);
      assert.equal(existsSync(store('.acknowledged.json')), false);

      const { code, stdout } = await run('acknowledge', '--yes');
      assert.equal(code, 0);
      assert.match(stdout, /Acknowledged:.*\nPinned features_598_.*unpin/);
      const { document } = await json('status');
      assert.match(JSON.stringify(document.live), /"condition":"sound"/);
      assert.match((await run('list')).stdout, /features_598_.*\tpinned$/m);
      const again = await run('acknowledge');
      assert.deepEqual([again.code, again.stderr], [0, '']);
      assert.match(again.stdout, /Nothing to acknowledge.*A drop to 12 features was acknowledged/);
    });

    it('can be revoked', async () => {
      shrink();
      await run('acknowledge', '--yes', '--no-pin');
      assert.equal((await json('acknowledge', '--revoke')).document.status, 'revoked');
      assert.match(JSON.stringify((await json('status')).document), /"condition":"shrunk"/);
      assert.equal((await json('acknowledge', '--revoke')).document.status, 'nothing-to-revoke');
    });

    it('reports a missing live database', async () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
      const { code, stderr } = await run('acknowledge', '--yes');
      assert.equal(code, 4);
      assert.match(stderr, /missing.*cannot be compared/);
    });

    it('start-over also backs up the current state', async () => {
      shrink();
      const asked = await run('start-over');
      assert.equal(asked.code, 5);
      assert.match(asked.stdout, /contains 12 features.*\nfeatures_598_.* contains 598 features/);
      const planned = await json('start-over', '--dry-run');
      assert.deepEqual([planned.code, planned.document.status], [0, 'planned']);
      assert.equal(images().length, 1);

      const { code, stdout } = await run('start-over', '--yes');
      assert.equal(code, 0);
      assert.match(stdout, /Accepted the smaller backlog.*\nBacked up as features_12_.*\nPinned features_598_/);
      assert.match(JSON.stringify((await json('status')).document.live), /"condition":"sound"/);
      assert.match((await run('list')).stdout, /features_598_.*\tpinned$/m);
      assert.match(images().join(' '), /features_12_.*before_starting_over/);
    });

    it('start-over pins the current state before a reset, without a question', async () => {
      const prepared = await json('start-over');
      assert.deepEqual([prepared.code, prepared.document.status], [0, 'prepared']);
      assert.match((await run('list')).stdout, /features_598_.*\tpinned$/m);
      assert.match((await run('start-over')).stdout, /Backed up and pinned features_598_.*\nYou can reset/);
      assert.equal(existsSync(store('.acknowledged.json')), false);
    });

    it('has help with examples', async () => {
      assert.match((await run('start-over', '--help')).stdout, /feature-backups start-over --dry-run/);
      assert.match((await run('acknowledge', '--help')).stdout, /feature-backups acknowledge --revoke/);
    });
  });
});
