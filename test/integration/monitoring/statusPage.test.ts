import assert from 'node:assert/strict';
import { cpSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { sqlite3 } from '../../support/fixtureProject.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { runOnTerminal } from '../../support/terminal.js';
import { passOneMore } from '../../support/vaultHome.js';

describe('status --html', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const cliOptions = () => ({ env: home.environment, cwd: folder.path });
  const cli = async (...args: readonly string[]) => await runCli(args, cliOptions());
  const page = (): string => readFileSync(folder.join('status.html'), 'utf8');
  const write = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli('status', ...args, '--html', 'status.html');
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    return page();
  };

  it('writes a card with counts, curve, last backup, last test restore, vault and targets', async () => {
    const root = home.make('shop');
    mkdirSync(folder.join('disk'));
    home.configure({ targets: [{ name: 'disk', folder: folder.join('disk') }] });
    for (const command of ['backup', 'drill', 'replicate']) assert.equal((await cli(command, root)).code, 0);
    passOneMore(root);
    assert.equal((await cli('backup', root)).code, 0);
    const text = textOf(await write(root));
    assert.match(text, /shop OK .*2 passing of 20 features 10 %/);
    assert.match(text, /Database Backed up Last backup \d{4}-\d\d-\d\d \d\d:\d\d, .+ Last test restore Passed \d{4}-/);
    assert.match(text, /Backups 2 in the store, .*Vault 2 backups.*Targets disk: synced \d{4}-/);
    assert.equal(
      page().match(/<svg[^>]*role="img"\saria-label="Curve from 20 to 20 features, from 1 to 2 passing/g)?.length,
      1,
    );
    assert.doesNotMatch(text, /Critical|Warning/);
  });

  it('includes the states in the history in the curve', async () => {
    const root = home.make('shop');
    home.configure({ retention: { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 } });
    for (let passing = 1; passing <= 12; passing += 1) {
      assert.equal((await cli('backup', root)).code, 0);
      passOneMore(root);
    }
    assert.equal((await cli('cleanup', root)).code, 0);
    assert.match(textOf(await write(root)), /Backups \d in the store, [\d]+ in the history/);
    assert.match(page(), /aria-label="Curve from 20 to 20 features, from 1 to 13 passing/);
  });

  it('shows every known project, the worst state first, with its problems', async () => {
    home.make('well');
    home.make('broken');
    for (const name of ['well', 'broken']) assert.equal((await cli('backup', home.path(name))).code, 0);
    writeFileSync(home.database('broken'), 'x'.repeat(5000));
    home.make('fresh');
    mkdirSync(home.path('new'));
    home.register('well', 'broken', 'lost', 'new', 'fresh');
    const text = textOf(await write('--all'));
    assert.match(text, /5 projects, 2 backups/);
    assert.deepEqual(headings(page()), [
      'h1 Backup status',
      ...['h2 Critical 1', 'h3 broken', 'h2 Warning 1', 'h3 fresh', 'h2 Missing 1', 'h3 lost', 'h2 OK 1', 'h3 well'],
      ...['h2 No database 1', 'h3 new'],
    ]);
    assert.match(text, /Critical The live database is damaged .* feature-backups restore last-good/);
    assert.match(text, /Warning No backups yet/);
    assert.match(text, /Warning The folder \S*lost is missing/);
  });

  it('reports that projects can be missing if AutoForge’s registry cannot be read', async () => {
    const root = home.make('shop');
    assert.equal((await cli('backup', root)).code, 0);
    home.register('shop');
    home.configure({ projects: [root] });
    assert.doesNotMatch(await write('--all'), /Incomplete/);
    writeFileSync(folder.join('home', '.autoforge', 'registry.db'), 'x'.repeat(5000));
    assert.equal((await cli('status', '--all', '--html', 'status.html')).code, 0);
    assert.match(textOf(page()), /Incomplete Part of the list of projects could not be read.*shop OK/);
  });

  it('shows hostile names as text', async () => {
    const name = '<img src=x onerror=alert(1)> "quoted" &amp; \u202Egpj';
    home.make(name);
    sqlite3(home.database(name), "UPDATE features SET name = '<script>x</script>' || id");
    home.register(name);
    assert.equal((await cli('backup', home.path(name))).code, 0);
    writeFileSync(home.database(name), '');
    const html = await write('--all');
    assert.match(html, /<h2 id="critical">/);
    assert.doesNotMatch(html, /<img|<script|\u202E/);
    assert.match(html, /&#60;img src=x onerror=alert\(1\)&#62; &#34;quoted&#34; &#38;amp; \\u202egpj/);
  });

  it('atomically replaces an earlier page, which others can read', async () => {
    const root = home.make('shop');
    mkdirSync(folder.join('www'));
    const file = folder.join('www', 'status.html');
    for (const expected of ['Not backed up yet', 'Backed up']) {
      assert.equal((await cli('status', root, '--html', file)).code, 0);
      assert.match(textOf(readFileSync(file, 'utf8')), new RegExp(`Database ${expected}`));
      assert.equal((await cli('backup', root)).code, 0);
    }
    assert.equal(statSync(file).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(folder.join('www')), ['status.html']);
  });

  it('writes to the file that a link names', async () => {
    const root = home.make('shop');
    writeFileSync(folder.join('target.html'), '');
    symlinkSync('target.html', folder.join('status.html'));
    await write(root);
    assert.ok(lstatSync(folder.join('status.html')).isSymbolicLink());
    assert.match(readFileSync(folder.join('target.html'), 'utf8'), /^<!doctype html>/);
  });

  it('replaces nothing but a page', async () => {
    const root = home.make('shop');
    const before = readFileSync(home.database('shop'));
    const refused = async (file: string, message: RegExp): Promise<void> => {
      const { code, stderr } = await cli('status', root, '--html', file);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    };
    await refused(home.database('shop'), /features\.db exists and is not an HTML page/);
    assert.deepEqual(readFileSync(home.database('shop')), before);
    await refused(root, /shop is a folder\n/);
    await refused('', /is a folder\n/);
    await refused('/dev/null', /\/dev\/null is a device\n/);
    await refused(folder.join('no', 'status.html'), /The folder \S*no does not exist/);
    assert.deepEqual(readdirSync(root), ['features.db']);
  });

  it('reports a folder that it may not write, and keeps the old page', function () {
    if (!canRunAsOtherUser()) this.skip();
    const root = home.make('shop');
    giveToOtherUser(folder.path);
    mkdirSync(folder.join('www'), { mode: 0o755 });
    writeFileSync(folder.join('www', 'status.html'), '<!DOCTYPE html>old');
    const { code, stderr } = runCliAsOtherUser(['status', root, '--html', folder.join('www', 'status.html')]);
    assert.equal(code, 1);
    assert.match(stderr, /Could not write the status page: .*\n.*www\/status\.html\n.*owner and permissions/);
    assert.equal(readFileSync(folder.join('www', 'status.html'), 'utf8'), '<!DOCTYPE html>old');
  });

  it('keeps the old page if the project is missing, and cannot be combined with other formats', async () => {
    const root = home.make('shop');
    await write(root);
    const old = page();
    assert.equal((await cli('status', folder.join('nowhere'), '--html', 'status.html')).code, 4);
    for (const other of [['--json'], ['--prometheus'], ['--output', 'x']]) {
      assert.equal((await cli('status', root, '--html', 'status.html', ...other)).code, 2, other.join(' '));
    }
    assert.equal(page(), old);
  });

  it('covers 200 projects in little memory, and names the file on a terminal', async () => {
    home.make('0');
    for (let count = 0; count < 5; count += 1) {
      passOneMore(home.path('0'));
      assert.equal((await cli('backup', home.path('0'))).code, 0);
    }
    const names = Array.from({ length: 200 }, (_, index) => String(index));
    for (const name of names.slice(1)) cpSync(home.path('0'), home.path(name), { recursive: true });
    home.register(...names);
    const { code, shown: screen } = runOnTerminal(['status', '--all', '--html', 'status.html'], {
      ...cliOptions(),
      env: { ...home.environment, NODE_OPTIONS: '--max-old-space-size=64' },
    });
    assert.equal(code, 0, screen);
    assert.match(screen, /Wrote \S*status\.html/);
    assert.equal(page().match(/<article/g)?.length, 200);
    assert.equal(page().match(/<figure>/g)?.length, 200);
    assert.ok(page().length < 2_000_000, String(page().length));
  });
});

/** What a reader sees, in one line. */
function textOf(page: string): string {
  return page
    .replace(/<(style|title)>.*?<\/\1>/gs, '')
    .replace(/<\/?(?:b|bdi|time|span|a|svg|path|circle)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ');
}

function headings(page: string): readonly string[] {
  return [...page.matchAll(/<(h\d)[^>]*>(.*?)<\/\1>/gs)].map(
    ([, level = '', text = '']) => `${level} ${textOf(text).trim()}`,
  );
}
