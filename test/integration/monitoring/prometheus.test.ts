import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { replaceShared } from '../../../core/system/files/replaceShared.js';
import { PROBLEM_CODES } from '../../../core/health/severity.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { parseExposition, type ExposedMetric } from '../../support/prometheusText.js';
import { runCli } from '../../support/runCli.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('status --prometheus', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const cli = async (...args: readonly string[]) => await runCli(args, { env: home.environment, cwd: folder.path });
  const metrics = async (...args: readonly string[]): Promise<readonly ExposedMetric[]> => {
    const { code, stdout, stderr } = await cli('status', '--prometheus', ...args);
    assert.equal(code, 0, stderr);
    return parseExposition(stdout);
  };
  const value = (all: readonly ExposedMetric[], name: string, labels: Readonly<Record<string, string>> = {}) =>
    all
      .find((metric) => metric.name === `feature_backups_${name}`)
      ?.samples.find((sample) => Object.entries(labels).every(([label, expected]) => sample.labels[label] === expected))
      ?.value;

  it('writes every metric of a project in the text format', async () => {
    const root = home.make('shop');
    mkdirSync(folder.join('disk'));
    home.configure({ targets: [{ name: 'disk', folder: folder.join('disk') }] });
    for (const command of ['backup', 'drill', 'replicate']) assert.equal((await cli(command, root)).code, 0);
    const all = await metrics(root);
    assert.equal(value(all, 'up'), 1);
    assert.equal(value(all, 'features'), 20);
    assert.equal(value(all, 'features_passing'), 1);
    assert.equal(value(all, 'backups', { kind: 'ordinary' }), 1);
    assert.equal(value(all, 'live_condition', { condition: 'sound' }), 1);
    assert.equal(value(all, 'live_condition', { condition: 'damaged' }), 0);
    assert.equal(value(all, 'last_drill_ok'), 1);
    assert.equal(value(all, 'unsaved_seconds'), 0);
    assert.equal(value(all, 'replication_ok', { target: 'disk' }), 1);
    for (const name of [
      'last_backup_timestamp_seconds',
      'last_verified_timestamp_seconds',
      'last_proven_timestamp_seconds',
      'last_drill_timestamp_seconds',
      'replication_last_success_timestamp_seconds',
    ]) {
      const ageSeconds = Date.now() / 1000 - (value(all, name) ?? NaN);
      assert.ok(ageSeconds >= 0 && ageSeconds < 3600, `${name} was ${String(ageSeconds)} s ago`);
    }
    const troubles = all.find(({ name }) => name === 'feature_backups_trouble')?.samples ?? [];
    assert.deepEqual(
      troubles.map(({ labels, value: severity }) => [labels.code, severity]),
      PROBLEM_CODES.map((code) => [code, 0]),
    );
    assert.deepEqual(all.map(({ name }) => name).sort(), documentedMetrics().toSorted());
    for (const metric of all) {
      assert.ok(metric.samples.length > 0, metric.name);
      assert.equal(metric.type, 'gauge');
      assert.ok((metric.help ?? '').length > 10);
      for (const { labels } of metric.samples) assert.deepEqual([labels.project, labels.path], ['shop', root]);
    }
  });

  it('includes damaged and missing projects, and succeeds', async () => {
    home.make('well');
    home.make('broken');
    writeFileSync(home.database('broken'), 'x'.repeat(5000));
    home.register('well', 'broken', 'gone');
    const all = await metrics('--all');
    const labelsOf = (project: string) => ({ project });
    assert.deepEqual(
      ['well', 'broken', 'gone'].map((name) => value(all, 'up', labelsOf(name))),
      [1, 1, 0],
    );
    assert.equal(value(all, 'trouble', { ...labelsOf('broken'), code: 'database-damaged' }), 2);
    assert.equal(value(all, 'trouble', { ...labelsOf('well'), code: 'never-backed-up' }), 1);
    assert.equal(value(all, 'trouble', { ...labelsOf('gone'), code: 'project-gone' }), 1);
    assert.equal(value(all, 'features', labelsOf('gone')), undefined);
  });

  it('escapes the names of projects', async () => {
    const name = 'a "quoted" \\ back\\nslash\nnew line {x="y"} 1 漢字 # no comment';
    home.make(name);
    home.register(name);
    const all = await metrics('--all');
    assert.equal(value(all, 'up', { project: name, path: home.path(name) }), 1);
  });

  it('atomically replaces a file that its collector can read', async () => {
    home.make('shop');
    mkdirSync(folder.join('collector'));
    const file = folder.join('collector', 'feature_backups.prom');
    const { code, stdout } = await cli('status', home.path('shop'), '--prometheus', '--output', file);
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(value(parseExposition(readFileSync(file, 'utf8')), 'up'), 1);
    assert.equal(statSync(file).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(folder.join('collector')), ['feature_backups.prom']);
  });

  it('keeps the old file if the project is missing or the folder cannot be written', async () => {
    const file = folder.join('old.prom');
    writeFileSync(file, '# HELP old');
    assert.equal((await cli('status', folder.join('nowhere'), '--prometheus', '--output', file)).code, 4);
    assert.equal(readFileSync(file, 'utf8'), '# HELP old');
    const root = home.make('shop');
    const { code, stderr } = await cli('status', root, '--prometheus', '--output', folder.join('no', 'folder.prom'));
    assert.equal(code, 2);
    assert.match(stderr, /The folder .*no does not exist/);
    assert.equal((await cli('status', root, '--output', file)).code, 2);
    const before = readFileSync(home.database('shop'));
    const mistyped = await cli('status', root, '--prometheus', '--output', home.database('shop'));
    assert.equal(mistyped.code, 2);
    assert.match(mistyped.stderr, /features\.db exists and is not a file of metrics.*It was not changed/s);
    assert.deepEqual(readFileSync(home.database('shop')), before);
    assert.equal((await cli('status', root, '--prometheus', '--json')).code, 2);
  });
});

/** All names in the table of docs/monitoring.md; `_x` stands for `feature_backups_x`. */
function documentedMetrics(): readonly string[] {
  const rows = readFileSync('docs/monitoring.md', 'utf8').match(/^\| `feature_backups_.*$/gm) ?? [];
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  return cells
    .flatMap((cell) => [...cell.matchAll(/`(?:feature_backups)?(_\w+)`/g)])
    .map(([, name]) => `feature_backups${name ?? ''}`);
}

describe('a shared file that is replaced', () => {
  const folder = useTemporaryFolder();

  it('is the old or the new one no matter when the writer is killed, and leftovers are removed later', () => {
    const file = folder.join('x.prom');
    const { files: counted, calls } = stoppingFiles();
    writeFileSync(file, 'old');
    replaceShared(file, Buffer.from('new'), counted);
    assert.ok(calls.length >= 4);
    // Only the last change replaces the file.
    for (let at = 1; at <= calls.length; at += 1) {
      writeFileSync(file, 'old');
      const { files } = stoppingFiles({ at, how: 'dead' });
      assert.throws(() => replaceShared(file, Buffer.from('new'), files), /dead: injected/);
      assert.equal(readFileSync(file, 'utf8'), 'old', `stopped at ${calls[at - 1] ?? ''}`);
    }
    const left = readdirSync(folder.path).filter((name) => name !== 'x.prom');
    assert.ok(left.length > 0 && left.every((name) => !name.endsWith('.prom')), left.join(' '));
    for (const name of left) utimesSync(folder.join(name), new Date(0), new Date(0));
    writeFileSync(folder.join('.x.prom.mine'), 'somebody’s own');
    replaceShared(file, Buffer.from('newer'), counted);
    assert.deepEqual(readdirSync(folder.path).sort(), ['.x.prom.mine', 'x.prom']);
  });
});
