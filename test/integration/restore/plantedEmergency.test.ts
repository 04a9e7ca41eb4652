import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { copyFixture } from '../../support/fixtureProject.js';
import { buildCli, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const ID = 'features_emergency_20260125-144600';
const SECRET = 'a private key, not-for-anybody-else\n'.repeat(100);
/** `backup-damaged`. */
const DAMAGED = 3;

describe('raw emergency backup that came with a project', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop'));
    mkdirSync(store());
    mkdirSync(folder.join('home'));
    writeFileSync(secret(), SECRET);
    writeFileSync(image(), IMAGE);
  });

  const IMAGE = 'no database '.repeat(800);
  const store = () => join(project, '.feature_backups');
  const image = () => join(store(), `${ID}.db`);
  const secret = () => folder.join('home', 'id_rsa');
  const side = (suffix: string) => `${image()}${suffix}`;
  const run = async (...args: string[]) =>
    await runCli(args, {
      cwd: project,
      env: { HOME: folder.join('home'), FEATURE_BACKUPS_STATE: folder.join('state') },
    });
  const entryFor = (suffix: string, content: string) => ({
    suffix,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
  const describeAs = (sideFiles: readonly unknown[] | undefined, imageContent = IMAGE) => {
    const { size, sha256 } = entryFor('', imageContent);
    const known = { timestamp: '2026-01-25T14:46:00+00:00', reason: 'before_restore', backup_size: size, sha256 };
    const metadata = { ...known, content: 'raw', problems: ['not a database'], side_files: sideFiles };
    writeFileSync(join(store(), `${ID}.json`), JSON.stringify(metadata));
  };
  const liveFiles = () =>
    readdirSync(project)
      .filter((name) => name.includes('features.db'))
      .map((name) => [name, readFileSync(join(project, name))]);
  const assertRefused = async () => {
    const before = liveFiles();
    for (const args of [
      ['undo', '--dry-run'],
      ['undo', '--yes'],
      ['restore', ID, '--yes'],
      ['verify', ID],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, DAMAGED, `${args.join(' ')}\n${stdout}${stderr}`);
    }
    assert.deepEqual(liveFiles(), before);
    const copies = readdirSync(project, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes('not-for-anybody-else'));
    assert.deepEqual(copies, []);
  };

  for (const [what, place] of [
    ['a link to a file elsewhere', (path: string) => symlinkSync(secret(), path)],
    ['a link to a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a socket', (path: string) => makeSocket(path)],
  ] as const) {
    for (const suffix of ['-wal', '-journal']) {
      it(`is refused if its ${suffix} is ${what}, listed or not, without reading or writing it`, async () => {
        place(side(suffix));
        describeAs([entryFor(suffix, SECRET)]);
        await assertRefused();
        describeAs(undefined);
        await assertRefused();
        rmSync(join(store(), `${ID}.json`));
        writeFileSync(side(suffix === '-wal' ? '-journal' : '-wal'), 'a log of something');
        await assertRefused();
      });
    }
  }

  it('is refused if a side file is missing, has changed or is too long', async () => {
    describeAs([entryFor('-wal', 'a log of something')]);
    await assertRefused();
    for (const content of ['a log of nothing..', 'a log of something and more', '']) {
      writeFileSync(side('-wal'), content);
      await assertRefused();
    }
  });

  it('is refused if its image does not match its checksum', async () => {
    describeAs([], IMAGE.replace('no', 'on'));
    await assertRefused();
  });

  it('is restored as saved, without an unlisted side file', async () => {
    writeFileSync(side('-wal'), 'a log of something');
    writeFileSync(side('-journal'), 'planted');
    describeAs([entryFor('-wal', 'a log of something')]);
    const { code, stderr } = await run('undo', '--yes');
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(join(project, 'features.db'), 'utf8'), IMAGE);
    assert.equal(readFileSync(join(project, 'features.db-wal'), 'utf8'), 'a log of something');
    assert.equal(existsSync(join(project, 'features.db-journal')), false);
  });

  it('is restored with its side files if none were listed', async () => {
    writeFileSync(side('-wal'), 'a log of something');
    const { code, stderr } = await run('undo', '--yes');
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(join(project, 'features.db-wal'), 'utf8'), 'a log of something');
  });

  it('is not a backup if its image is a link', async () => {
    rmSync(image());
    symlinkSync(secret(), image());
    describeAs([]);
    const { code } = await run('undo', '--yes');
    assert.equal(code, 4);
  });
});

function makeSocket(path: string): void {
  const script =
    'import os, socket, sys; os.chdir(os.path.dirname(sys.argv[1])); ' +
    'socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))';
  execFileSync('python3', ['-c', script, path]);
}
