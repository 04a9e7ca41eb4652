import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { copyFixture, sqlite3 } from '../../support/fixtureProject.js';
import { nodeWithSqlite } from '../../support/otherNode.js';
import { bareEnvironment, buildCli, CLI_PATH, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('feature-backups drill', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  let scratch = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop front'));
    scratch = folder.join('tmp');
    mkdirSync(scratch);
  });

  const env = (more: Record<string, string> = {}) => ({
    TMPDIR: scratch,
    FEATURE_BACKUPS_STATE: folder.join('state'),
    ...more,
  });
  const run = (...args: string[]) => runCli(args, { cwd: project, env: env() });
  const json = (...args: string[]) => runCliJson(args, { cwd: project, env: env() });
  const backUpTwice = async (): Promise<void> => {
    await run('backup');
    sqlite3(join(project, 'features.db'), 'UPDATE features SET passes = 0 WHERE id = 1');
    await run('backup', '--reason', 'second');
  };
  const images = () =>
    readdirSync(join(project, '.feature_backups'))
      .filter((name) => name.endsWith('.db'))
      .map((name) => join(project, '.feature_backups', name));

  it('drills backups of a real backlog, and status reports it', async () => {
    await backUpTwice();
    assert.match((await run('status')).stdout, /^drill\tnever run/m);
    const { code, stdout } = await run('drill');
    assert.equal(code, 0);
    assert.match(stdout, /^features_598_.*_second\tnewest\tsqlite3\tproven\t\nfeatures_598_.*_manual\toldest\t.*\n$/);
    assert.match((await run('status')).stdout, /^drill\tfeatures_598_.*_second passed /m);
    const { document } = await json('status');
    assert.match(
      JSON.stringify(document.lastProven),
      /_second.*"drilled":\{"at":"[^"]+","ok":true,"reader":"sqlite3"\}/,
    );
    assert.deepEqual(readdirSync(scratch), []);
  });

  it('exits with 3 if a drill failed, and status reports it even if intact backups exist', async () => {
    await backUpTwice();
    const bad = images().find((path) => path.endsWith('_second.db')) ?? '';
    flipByte(bad);
    const { code, document } = await json('drill');
    assert.deepEqual([code, document.ok], [3, false]);
    assert.match(JSON.stringify(document.drilled), /"result":"failed".*SHA-256.*"result":"proven"/);
    const { stdout } = await run('status');
    assert.match(stdout, /^drill\tfailed \(first .*\): .*_second: .*SHA-256.*; before that, .*_manual passed/m);
    assert.match(stdout, /^last good\t.*_manual/m);
  });

  it('exits with 4 without backups, and creates no store', async () => {
    const { code, stdout, stderr } = await run('drill');
    assert.deepEqual([code, stdout], [4, '']);
    assert.match(stderr, /No backups to drill/);
    assert.equal(existsSync(join(project, '.feature_backups')), false);
  });

  it('drills a named backup, and refuses an emergency backup', async () => {
    await backUpTwice();
    assert.match((await run('drill', 'last-good')).stdout, /^features_598_.*_second\tnamed\tsqlite3\tproven\t\n$/);
    assert.equal((await run('drill', 'no_such')).code, 4);
    assert.equal((await run('restore', images()[0] ?? '', '--yes')).code, 0);
    assert.equal((await run('drill', 'features_emergency')).code, 2);
  });

  it('reads with node:sqlite if available, but a hazardous schema with a program, which can be stopped', async () => {
    await backUpTwice();
    const node = await nodeWithSqlite();
    const options = { cwd: project, env: bareEnvironment(env()) };
    const drilled = await promisify(execFile)(node, [CLI_PATH, 'drill'], options);
    assert.match(drilled.stdout, /_second\tnewest\tnode:sqlite\tproven\t\n.*_manual\toldest\tnode:sqlite\tproven\t\n$/);
    assert.equal(drilled.stderr, '');
    sqlite3(join(project, 'features.db'), "CREATE INDEX slow ON features (name) WHERE name <> ''");
    await run('backup', '--reason', 'third');
    const third = await promisify(execFile)(node, [CLI_PATH, 'drill', 'latest'], options);
    assert.match(third.stdout, /_third\tnamed\tsqlite3\tproven/);
  });

  it('removes the folders of killed drills, and nothing else', async () => {
    await backUpTwice();
    const programs = folder.join('programs');
    mkdirSync(programs);
    const started = folder.join('started');
    writeFileSync(join(programs, 'sqlite3'), `#!/bin/sh\necho $$ > '${started}'\nexec sleep 600\n`, { mode: 0o755 });
    const killed = spawn(process.execPath, [CLI_PATH, 'drill'], {
      cwd: project,
      env: bareEnvironment(env({ PATH: `${programs}:${process.env.PATH ?? ''}` })),
    });
    while (!existsSync(started) || readFileSync(started, 'utf8') === '') await pause(20);
    const ended = once(killed, 'exit');
    killed.kill('SIGKILL');
    await ended;
    process.kill(Number(readFileSync(started, 'utf8')), 'SIGKILL');
    const [left = ''] = readdirSync(scratch);
    assert.match(left, /^feature-backups-drill-/);
    assert.ok(readdirSync(join(scratch, left)).includes('features.db'));
    // A similar name, and a link that leads elsewhere.
    writeFileSync(join(scratch, 'feature-backups-drill-note'), 'mine');
    symlinkSync(project, join(scratch, 'feature-backups-drill-1-a-b'));
    const ownFolder = join(scratch, 'feature-backups-drill-results');
    mkdirSync(ownFolder);
    writeFileSync(join(ownFolder, 'notes.txt'), 'mine');
    utimesSync(ownFolder, 0, 0);
    assert.equal((await run('drill')).code, 0);
    assert.deepEqual(readdirSync(scratch).sort(), [
      'feature-backups-drill-1-a-b',
      'feature-backups-drill-note',
      'feature-backups-drill-results',
    ]);
    assert.deepEqual(readdirSync(ownFolder), ['notes.txt']);
    assert.ok(existsSync(join(project, 'features.db')));
  });

  it('has help with examples', async () => {
    const { code, stdout } = await run('drill', '--help');
    assert.equal(code, 0);
    assert.match(stdout, /feature-backups drill last-good/);
  });
});

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
