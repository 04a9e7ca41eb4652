import assert from 'node:assert/strict';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { startPython } from '../../support/pythonSqlite.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** The output of the Monitoring Plugins' guidelines: one line, one bar, then performance data. */
const LINE = /^FEATURE BACKUPS (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n\p{Cc}]+)(?:\|([^|\n]+))?\n$/u;
/** 'label'=value[UOM];[warn];[crit];[min];[max] */
const DATUM = /^[a-z]+=\d+(?:s|B)?(?:;\d*){0,4}$/;

const CODES: Readonly<Record<string, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

describe('feature-backups check', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);

  async function check(...args: readonly string[]) {
    const { code, stdout, stderr } = await runCli(['check', ...args], { env: home.environment, cwd: folder.path });
    const [, state = '', text = '', data = ''] = LINE.exec(stdout) ?? assert.fail(JSON.stringify(stdout));
    assert.equal(code, CODES[state], stdout);
    assert.equal(stderr, '');
    for (const datum of data === '' ? [] : data.split(' ')) assert.match(datum, DATUM);
    return { state, text, data };
  }

  /** Makes a backup dated hours ago, and a change dated an hour ago. */
  async function changedAfter(name: string, hours: number): Promise<string> {
    const root = home.make(name);
    const then = new Date(Date.now() - hours * 3_600_000);
    await createBackup(
      await findProject(root, realPorts()),
      { source: 'cli', reason: 'manual' },
      {
        ...realPorts(),
        now: () => then,
      },
    );
    sqlite3(home.database(name), 'UPDATE features SET passes = 1');
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(home.database(name), hourAgo, hourAgo);
    return root;
  }

  it('is ok if the newest backup matches the live database, however old', async () => {
    const root = home.make('shop');
    await createBackup(
      await findProject(root, realPorts()),
      { source: 'cli', reason: 'manual' },
      {
        ...realPorts(),
        now: () => new Date(Date.now() - 1000 * 3_600_000),
      },
    );
    const { state, text, data } = await check(root);
    assert.equal(state, 'OK');
    assert.equal(text, 'shop: 20 features, newest backup 41 d ago, 1 backup');
    assert.match(data, /^age=0s;86400;;0; backups=1;;;0; size=\d+B;;;0;$/);
    assert.equal((await check(root, '--warning-age', '1', '--critical-age', '2')).state, 'OK');
  });

  it('depends on the age of an unsaved change', async () => {
    const root = await changedAfter('shop', 30);
    assert.match((await check(root)).data, /^age=1080\d\ds;86400;;0; /);
    const stateOf = async (...args: readonly string[]) => (await check(root, ...args)).state;
    assert.deepEqual(
      [
        await stateOf(),
        await stateOf('--warning-age', '31'),
        await stateOf('--warning-age', '29', '--critical-age', '31'),
        await stateOf('--critical-age', '29'),
        await stateOf('--warning-age', '0.5', '--critical-age', '0.75'),
        await stateOf('--warning-age', '31', '--critical-age', '31'),
      ],
      ['WARNING', 'OK', 'WARNING', 'CRITICAL', 'CRITICAL', 'OK'],
    );
    assert.match((await check(root, '--warning-age', '12.5', '--critical-age', '48')).data, /;45000;172800;0; /);
  });

  it('does not apply these ages to syncs', async () => {
    const root = await changedAfter('shop', 3);
    home.configure({ targets: [{ name: 'nas', folder: folder.join('nas') }] });
    assert.equal((await check(root, '--warning-age', '4')).state, 'OK');
    const { state, text } = await check(root, '--warning-age', '0.5');
    assert.equal(state, 'WARNING');
    assert.doesNotMatch(text, /nas/);
  });

  it('is critical for a damaged or missing database, and a warning without backups', async () => {
    const root = home.make('shop');
    assert.equal((await check(root)).state, 'WARNING');
    await runCli(['backup', root], { env: home.environment });
    writeFileSync(home.database('shop'), 'x'.repeat(5000));
    assert.match((await check(root)).text, /^shop: The live database is damaged/);
    rmSync(home.database('shop'));
    assert.equal((await check(root)).state, 'CRITICAL');
  });

  it('reports all known projects in one line, worst first', async () => {
    await changedAfter('late', 30);
    home.make('broken');
    writeFileSync(home.database('broken'), 'x'.repeat(5000));
    home.make('well');
    await runCli(['backup', home.path('well')], { env: home.environment });
    home.register('well', 'late', 'broken', 'gone');
    const { state, text, data } = await check('--all');
    assert.equal(state, 'CRITICAL');
    assert.match(
      text,
      /^3 of 4 projects with problems: broken database damaged; late backup overdue; gone project missing$/,
    );
    assert.match(data, / projects=4;;;0; warning=2;;;0; critical=1;;;0;$/);
    home.register('well');
    assert.equal((await check('--all')).state, 'OK');
  });

  it('is unknown for an invalid option, project or configuration, and without projects', async () => {
    const root = home.make('shop');
    for (const args of [
      ['--frobnicate'],
      ['a', 'b', 'c'],
      [root, '--all'],
      [root, '--warning-age', 'soon'],
      [root, '--warning-age', '-1'],
      [root, '--critical-age', '0'],
      [root, '--warning-age', '5', '--critical-age', '4'],
      [folder.join('nowhere')],
      ['--all'],
    ]) {
      assert.equal((await check(...args)).state, 'UNKNOWN', args.join(' '));
    }
    home.configure({ targets: 7 });
    assert.equal((await check(root)).state, 'UNKNOWN');
  });

  it('is unknown, not ok, while the live database cannot be read', async () => {
    const root = home.make('shop');
    await runCli(['backup', root], { env: home.environment });
    sqlite3(home.database('shop'), 'UPDATE features SET passes = 1');
    const holder = await startPython(HOLDER, [home.database('shop')]);
    try {
      const { state, text } = await check(root);
      assert.equal(state, 'UNKNOWN');
      assert.match(text, /^shop: the live database could not be checked: /);
      home.make('well');
      home.register('shop', 'well', 'gone');
      await runCli(['backup', home.path('well')], { env: home.environment });
      const all = await check('--all');
      assert.equal(all.state, 'UNKNOWN');
      assert.match(all.text, /^2 of 3 projects with problems: .*shop could not be checked/);
      const { stdout } = await runCli(['status', '--all'], { env: home.environment, cwd: folder.path });
      assert.match(stdout, /^unknown\tshop\t/m);
      const { document } = await runCliJson(['status', root], { env: home.environment });
      assert.equal(document.state, 'unknown');
      writeFileSync(home.database('well'), 'x'.repeat(5000));
      assert.equal((await check('--all')).state, 'CRITICAL', 'an unknown project hides no critical one');
    } finally {
      await holder.stop();
    }
    assert.equal((await check(root)).state, 'OK');
  });

  it('is unknown, not ok, if projects may be missing from the list', async () => {
    home.make('well');
    await runCli(['backup', home.path('well')], { env: home.environment });
    home.configure({ projects: [home.path('well')] });
    home.register('well');
    const registry = folder.join('home', '.autoforge', 'registry.db');
    writeFileSync(registry, 'x'.repeat(5000));
    const { code, stdout } = await runCli(['check', '--all'], { env: home.environment, cwd: folder.path });
    assert.equal(code, 3);
    assert.match(stdout, /^FEATURE BACKUPS UNKNOWN - well: .*; the list of projects is incomplete\|/);
  });

  it('prints one line whatever the name of a project', async () => {
    const name = 'a|b\n\u001b[31m=\u202e;  c';
    home.make(name);
    home.register(name);
    const { text } = await check('--all');
    assert.match(text, /^a¦b\\n\\x1b\[31m=\\u202e;/);
  });

  it('is truncated to the limit of remote executors', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `gone-project-with-a-long-name-${String(index)}`);
    home.register(...names);
    const { text, state } = await check('--all');
    assert.equal(state, 'WARNING');
    assert.ok(text.length <= 800 && text.endsWith('…'));
  });

  it('prints JSON with the same exit code', async () => {
    const root = await changedAfter('shop', 30);
    const { code, document } = await runCliJson(['check', root], { env: home.environment });
    assert.equal(code, 1);
    assert.equal(document.state, 'warning');
    const unknown = await runCliJson(['check', '--frobnicate'], { env: home.environment });
    assert.equal(unknown.code, 3);
    assert.equal(unknown.document.state, 'unknown');
  });
});

const HOLDER = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('BEGIN EXCLUSIVE')
c.execute('UPDATE features SET passes = 0')
print('ready')
sys.stdin.read()
c.execute('ROLLBACK')
`;
