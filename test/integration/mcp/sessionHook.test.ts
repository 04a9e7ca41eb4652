import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { backUp, listBackups } from '../../../core/engine.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli, type CliRun } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { VaultHome } from '../../support/vaultHome.js';

const SILENT = { code: 0, signal: null, stdout: '', stderr: '' };

describe('the hook of Claude Code for a session', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const database = () => folder.join('.autoforge/features.db');
  const event = (name: string, more: object): string =>
    JSON.stringify({
      session_id: '0f3c',
      transcript_path: '/tmp/t.jsonl',
      cwd: folder.path,
      hook_event_name: name,
      ...more,
    });
  const START = () => event('SessionStart', { source: 'startup', model: 'claude-x' });
  const END = () => event('SessionEnd', { reason: 'other' });
  const runHook = (input: string, ...options: string[]) =>
    runCli(['hook', 'claude', ...options], { cwd: folder.path, input });
  const backupNow = async () => {
    const outcome = await backUp(folder.path, { source: 'cli', reason: 'manual' });
    assert.ok(outcome.status === 'created', outcome.status);
    return outcome.backup.id;
  };
  /** Runs `work` while another process keeps everybody from reading the database. */
  const whileLocked = async (work: () => Promise<void>) => {
    rmSync(folder.join('.autoforge'), { recursive: true });
    makeFeatureDatabase(database(), { features: 30, passing: 0, journalMode: 'delete' });
    const holder = spawn('python3', ['-c', HOLD_EXCLUSIVELY, database()], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      await work();
    } finally {
      holder.kill('SIGKILL');
    }
  };
  const noteOf = ({ code, stdout, stderr }: CliRun): string => {
    assert.deepEqual([code, stderr], [0, '']);
    const { hookSpecificOutput, ...rest } = JSON.parse(stdout) as { hookSpecificOutput: Record<string, string> };
    assert.deepEqual(rest, {});
    assert.deepEqual(Object.keys(hookSpecificOutput), ['hookEventName', 'additionalContext']);
    assert.equal(hookSpecificOutput.hookEventName, 'SessionStart');
    return hookSpecificOutput.additionalContext ?? '';
  };

  beforeEach(() => makeFeatureDatabase(database(), { features: 30, passing: 12 }));

  describe('that ends', () => {
    it('backs up its last write silently', async () => {
      await backupNow();
      sqlite3(database(), 'UPDATE features SET passes = 1 WHERE id = 20');
      assert.deepEqual(await runHook(END()), SILENT);
      const { newest, backups } = await listBackups(folder.path);
      assert.equal(backups.length, 2);
      assert.equal(newest?.counts.passing, 13);
      const [noted] = newest.metadata?.events ?? [];
      assert.deepEqual([noted?.source, noted?.reason, noted?.tool], ['agent-hook', 'after_session', undefined]);
    });

    it('prints nothing if the backup fails, also if strict, but records it', async function () {
      if (process.platform !== 'linux') this.skip();
      await backupNow();
      await whileLocked(async () => assert.deepEqual(await runHook(END(), '--strict'), SILENT));
      const { stdout } = await runCli(['check'], { cwd: folder.path });
      assert.match(stdout, /Backups have failed since .*another process has the write lock/);
    });

    it('does nothing without a database', async () => {
      rmSync(folder.join('.autoforge'), { recursive: true });
      assert.deepEqual(await runHook(END()), SILENT);
      assert.deepEqual(readdirSync(folder.path), []);
    });
  });

  describe('that starts', () => {
    it('is silent if the database is intact, with and without a backup', async () => {
      assert.deepEqual(await runHook(START()), SILENT);
      await backupNow();
      sqlite3(database(), 'UPDATE features SET passes = 1');
      assert.deepEqual(await runHook(START()), SILENT);
      assert.equal((await listBackups(folder.path)).backups.length, 1);
    });

    it('is silent outside of every project, and about problems that are none of the backlog', async () => {
      writeFileSync(folder.join('.feature_backups'), 'in the way');
      assert.deepEqual(await runHook(START(), '--strict'), SILENT);
      rmSync(folder.join('.autoforge'), { recursive: true });
      rmSync(folder.join('.feature_backups'));
      assert.deepEqual(await runHook(START()), SILENT);
    });

    it('tells the model that the database is damaged, and names the last good backup', async () => {
      const id = await backupNow();
      writeFileSync(database(), 'damaged'.repeat(1000));
      const note = noteOf(await runHook(START()));
      assert.match(note, /live database is damaged/);
      assert.ok(note.includes(`${id} with 30 features, 12 passing`), note);
      assert.ok(note.includes(folder.path), note);
      assert.match(note, /[Tt]ell the user/);
      assert.doesNotMatch(note, /feature-backups (?!status)|--[a-z]|\brm\b/);
    });

    it('tells the model that a damaged database has no good backup', async () => {
      writeFileSync(database(), 'damaged'.repeat(1000));
      assert.match(noteOf(await runHook(START())), /is damaged .*No backup has passed verification/);
    });

    it('tells the model that the database is gone', async () => {
      const id = await backupNow();
      rmSync(folder.join('.autoforge'), { recursive: true });
      const note = noteOf(await runHook(event('SessionStart', { source: 'compact' })));
      assert.match(note, /features\.db is missing/);
      assert.ok(note.includes(id), note);
    });

    it('tells the model that most features are gone, and names the last backup from before', async () => {
      const id = await backupNow();
      sqlite3(database(), 'DELETE FROM features WHERE id > 4');
      assert.ok(noteOf(await runHook(START())).includes(`${id} with 30 features`));
      // The newest backup now contains the loss.
      await backupNow();
      const note = noteOf(await runHook(START()));
      assert.match(note, /far fewer features/);
      assert.ok(note.includes(`${id} with 30 features, 12 passing`), note);
    });

    it('tells the model of a project whose database and backups are both gone', async () => {
      rmSync(folder.join('.autoforge'), { recursive: true });
      const home = new VaultHome(folder);
      const root = home.make('shop');
      assert.equal((await home.cli('backup', '--project', root)).code, 0);
      for (const name of readdirSync(root)) rmSync(`${root}/${name}`, { recursive: true });
      const input = event('SessionStart', { cwd: root, source: 'startup' });
      const note = noteOf(await runCli(['hook', 'claude'], { env: home.environment, cwd: root, input }));
      assert.match(note, /all its backups are missing; the last recorded backup is from .* with 20 features/);
    });

    it('is silent while the database is locked, and blocks no session', async function () {
      if (process.platform !== 'linux') this.skip();
      await backupNow();
      await whileLocked(async () => assert.deepEqual(await runHook(START(), '--strict'), SILENT));
    });
  });
});

const HOLD_EXCLUSIVELY = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('BEGIN EXCLUSIVE')
c.execute('UPDATE features SET passes = 1')
print('held', flush=True)
sys.stdin.read()
`;
