import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import type { Backup } from '../../../core/store/backup.js';
import { realPorts } from '../../../core/system/ports.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { makeTemporaryFolder, removeFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const RULES = { keepLast: 2, keepDaily: 0, keepWeekly: 0 };

describe('feature-backups and the history', function () {
  this.timeout(120_000);
  let root = '';
  let writer: FeatureWriter;
  const made: Backup[] = [];

  // Three days with three states each; the newest two are backups, the others are in the history.
  before(async () => {
    root = copyFixture('2-after-200-passing', join(await makeTemporaryFolder(), 'project'));
    writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ retention: RULES }));
    writer = await startFeatureWriter();
    for (const day of [24, 25, 26]) {
      for (const minute of [10, 20, 30]) {
        await writer.write(join(root, 'features.db'));
        // The commands run in UTC.
        const now = new Date(Date.UTC(2026, 0, day, 14, minute, 7));
        const ports = { ...realPorts(), now: () => now };
        const outcome = await createBackup(testProject(root, RULES), { source: 'mcp', reason: 'driven' }, ports);
        assert.ok(outcome.status === 'created');
        made.push(outcome.backup);
      }
    }
  });
  after(async () => {
    await writer.stop();
    await removeFolder(join(root, '..'));
  });

  const run = async (...args: string[]) => await runCli(args, { cwd: root });
  const json = async (...args: string[]) => await runCliJson(args, { cwd: root });

  it('lists its days with the number of states, newest first', async () => {
    const { code, stdout } = await run('list', '--history');
    assert.equal(code, 0);
    const days = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(0, 4));
    assert.deepEqual(days, [
      ['2026-01-26', '1', '598', '198'],
      ['2026-01-25', '3', '598', '198'],
      ['2026-01-24', '3', '598', '199'],
    ]);
    const { document } = await json('list', '--history');
    assert.equal((document.days as unknown[]).length, 3);
    assert.deepEqual(
      (document.states as { id: string; inHistory: boolean }[]).map(({ id, inHistory }) => [id, inHistory]),
      made
        .slice(0, 7)
        .reverse()
        .map(({ id }) => [id, true]),
    );
    assert.deepEqual(document.problems, []);
    assert.ok(Number(document.totalSizeBytes) > 50_000);
  });

  it('lists the states of one day, and rejects an invalid day', async () => {
    const { stdout } = await run('list', '--day', '2026-01-25');
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]);
    assert.deepEqual(
      ids,
      made
        .slice(3, 6)
        .reverse()
        .map(({ id }) => id),
    );
    const nothing = await run('list', '--day', '2026-01-01');
    assert.deepEqual([nothing.code, nothing.stdout], [0, '']);
    assert.match(nothing.stderr, /No states of 2026-01-01/);
    for (const day of ['2026-02-31', 'monday', '2026-01-25 14:46']) {
      assert.equal((await run('list', '--day', day)).code, 2);
    }
  });

  it('lists only backups by default', async () => {
    const { document } = await json('list');
    assert.equal((document.backups as unknown[]).length, 2);
  });

  it('restores and compares the state at a time, archived or not', async () => {
    const planned = await json('restore', '--at', '2026-01-25 14:20', '--dry-run');
    assert.equal(planned.code, 0);
    assert.equal((planned.document.plan as { backup: { id: string } }).backup.id, made[4]?.id);
    assert.match(planned.stderr, /created 2026-01-25T14:20:07/);
    const newest = await json('restore', '--at', '2026-01-26 14:25', '--dry-run');
    assert.equal((newest.document.plan as { backup: { id: string } }).backup.id, made[7]?.id);
    const compared = await json('compare', '--at', '2026-01-24', made[3]?.id ?? '');
    assert.deepEqual([compared.document.from, compared.document.to], [made[2]?.id, made[3]?.id]);
    assert.equal((await run('compare', '--at', '2026-01-24 14:09')).code, 4);
    assert.equal((await run('compare', '--at', '2026-02-31')).code, 2);
    // Not a time, so a commit, but no repository exists.
    assert.match((await run('compare', '--at', 'HEAD~1')).stderr, /git repository/);
  });

  it('verifies an archived state, and refuses to pin or delete it', async () => {
    const id = made[1]?.id ?? '';
    assert.equal((await run('verify', id)).code, 0);
    for (const args of [
      ['pin', id],
      ['delete', id, '--yes'],
    ]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, /in the history/);
    }
  });

  it('shows before a cleanup what will be archived and compressed', async () => {
    const planned = await json('cleanup', '--keep', '1', '--dry-run');
    assert.deepEqual(planned.document.fold, [made[7]?.id]);
    assert.deepEqual(planned.document.compress, [made[8]?.id]);
    const asked = await run('cleanup', '--keep', '1');
    assert.equal(asked.code, 5);
    assert.match(asked.stderr, /archive 1 backup in the history/);
    const { document } = await json('cleanup', '--keep', '1', '--yes');
    assert.deepEqual(
      (document.compressed as { id: string }[]).map(({ id }) => id),
      [made[8]?.id],
    );
    const files = readdirSync(join(root, '.feature_backups')).filter((name) => name.startsWith('features_'));
    assert.deepEqual(files.sort(), [`${made[8]?.id ?? ''}.db.gz`, `${made[8]?.id ?? ''}.json`]);
    const after = await json('list', '--history');
    assert.equal((after.document.states as unknown[]).length, 8);
  });

  it('restores an archived state', async () => {
    const { code, stderr } = await run('restore', made[0]?.id ?? '', '--yes');
    assert.equal(code, 0, stderr);
    const { document } = await json('compare', made[0]?.id ?? '');
    assert.deepEqual([document.added, document.removed, document.changed], [[], [], []]);
    assert.ok(readFileSync(join(root, 'features.db')).length > 0);
  });

  it('is verified state by state; damage has exit code 3, and is not quarantined', async () => {
    assert.match((await run('verify')).stdout, /^ok\thistory\t\d+ states$/m);
    const store = join(root, '.feature_backups');
    const [segment = ''] = readdirSync(store).filter((name) => name.endsWith('.fbh'));
    const intact = readFileSync(join(store, segment));
    const damaged = Buffer.from(intact);
    const at = damaged.length - 20;
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    writeFileSync(join(store, segment), damaged);
    try {
      const { code, stdout } = await run('verify');
      assert.equal(code, 3);
      assert.match(stdout, new RegExp(`^damaged\t.*${segment}\tThe history segment`, 'm'));
      const { document } = await json('verify');
      assert.equal(document.ok, false);
      assert.deepEqual(readFileSync(join(store, segment)), damaged);
    } finally {
      writeFileSync(join(store, segment), intact);
    }
  });
});
