import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Project } from '../../../core/project/project.js';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { lockRecord } from '../../support/lockFiles.js';
import { flipByte, folderAt, idsOf, projectWithBackups, provenCopies } from '../../support/replication/copies.js';
import { isFollowUpUnderWay } from '../../support/replication/followUps.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

describe('links in a store and at a target', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const receiver = useWebhookReceiver();
  before(() => {
    buildCli();
  });

  const nas = () => folder.join('nas');
  const inStore = (...parts: string[]) => join(project.storePath, ...parts);
  const cliOptions = () => ({ cwd: project.root, env: home.environment });
  const copies = (): readonly string[] => (readdirSync(nas()).length === 0 ? [] : provenCopies(folderAt(nas())));
  const change = (passing: number): void => {
    sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
  };
  /** The background process records the job before it releases its locks. */
  const followUpEnded = async (): Promise<void> => {
    const isRecorded = (): boolean =>
      existsSync(inStore('.jobs.json')) && readFileSync(inStore('.jobs.json'), 'utf8').includes('replicate:nas');
    while (!isRecorded() || isFollowUpUnderWay(project, home.environment)) await pause(50);
  };

  let project: Project;
  let outside: Outside;
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 1);
    mkdirSync(nas());
    home.configure({ targets: [{ name: 'nas', folder: nas() }] });
    outside = new Outside(folder.join('photos'));
  });

  for (const [title, run] of [
    ['a backup and the copying that follows it', ['backup']],
    ['replicate', ['replicate']],
  ] as const) {
    it(`${title}: do not touch the target of a link with a target's name`, async () => {
      mkdirSync(inStore('.replication'));
      symlinkSync(outside.path, inStore('.replication', 'nas'));
      change(5);
      const { code, stderr } = await runCli(run, cliOptions());
      assert.equal(code, 0, stderr);
      await followUpEnded();
      outside.assertUntouched();
      assert.deepEqual(copies(), idsOf(project));
    });
  }

  for (const [what, plant] of [
    ['a link to a folder', (path: string) => symlinkSync(outside.path, path)],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
  ] as const) {
    it(`replicate: refuses to use .replication if it is ${what}`, async () => {
      plant(inStore('.replication'));
      const { code, document, stderr } = await runCliJson(['replicate'], cliOptions());
      assert.equal(code, 2, stderr);
      assert.match(JSON.stringify(document), /"unsafe-store".*\.replication/);
      outside.assertUntouched();
      assert.deepEqual(readdirSync(nas()), []);
      const status = await runCliJson(['status'], cliOptions());
      assert.match(JSON.stringify(status.document.replication), /"nas".*\.replication is not a folder/);
    });

    it(`follow-up: reports .replication if it is ${what}, and still notifies`, async () => {
      home.configure({
        targets: [{ name: 'nas', folder: nas() }],
        notifications: { ping: { url: `${receiver.url}/ping` } },
      });
      plant(inStore('.replication'));
      const { code, document } = await runCliJson(['follow-up'], cliOptions());
      assert.equal(code, 1);
      assert.match(String(document.problems), /\.replication is not a folder/);
      assert.equal(receiver.received.length, 1);
      outside.assertUntouched();
    });

    it(`follow-up: reports .follow-up if it is ${what}, and still copies and notifies`, async () => {
      home.configure({
        targets: [{ name: 'nas', folder: nas() }],
        notifications: { ping: { url: `${receiver.url}/ping` } },
      });
      plant(inStore('.follow-up'));
      const { code, document } = await runCliJson(['follow-up'], cliOptions());
      assert.equal(code, 1);
      assert.match(String(document.problems), /\.follow-up is not a folder/);
      assert.equal(receiver.received.length, 1);
      assert.deepEqual(copies(), idsOf(project));
      outside.assertUntouched();
    });
  }

  it('a backup writes nothing through a link with the name .follow-up, and its follow-up still copies it', async () => {
    symlinkSync(outside.path, inStore('.follow-up'));
    change(5);
    const { code, stderr } = await runCli(['backup'], cliOptions());
    assert.equal(code, 0, stderr);
    await followUpEnded();
    outside.assertUntouched();
    assert.deepEqual(copies(), idsOf(project));
  });

  it('the sweep of .replication removes its own temporary files and nothing else', async () => {
    mkdirSync(inStore('.replication', '.tmp-1-abc-def'), { recursive: true });
    writeFileSync(inStore('.replication', '.tmp-1-abc-def', 'half sent'), '');
    writeFileSync(inStore('.replication', '.tmp-1-abc-ghi'), '');
    const killed = inStore('.replication', 'feature-backups-copies-1-abc-def');
    mkdirSync(killed);
    writeFileSync(join(killed, 'owner'), formatLockRecord(lockRecord({ startTime: '1' })));
    writeFileSync(join(killed, 'half sent'), '');
    writeFileSync(inStore('.replication', '.tmp-notes.txt'), 'mine');
    mkdirSync(inStore('.replication', '.tmp-notes'));
    writeFileSync(inStore('.replication', '.tmp-notes', 'notes.txt'), 'mine');
    symlinkSync(outside.path, inStore('.replication', '.tmp-1-abc-jkl'));
    symlinkSync(join(outside.path, 'one.jpg'), inStore('.replication', '.tmp-1-abc-mno'));
    assert.equal((await runCli(['replicate'], cliOptions())).code, 0);
    assert.deepEqual(readdirSync(inStore('.replication')).sort(), [
      '.tmp-1-abc-jkl',
      '.tmp-1-abc-mno',
      '.tmp-notes',
      '.tmp-notes.txt',
    ]);
    assert.deepEqual(readdirSync(inStore('.replication', '.tmp-notes')), ['notes.txt']);
    outside.assertUntouched();
  });

  it('a backup sweeps its own temporary files from the store, and no file of the user', async () => {
    writeFileSync(inStore('.tmp-1-abc-def.db'), '');
    writeFileSync(inStore('.tmp-1-abc-ghi'), '');
    writeFileSync(inStore('.tmp-notes.txt'), 'mine');
    symlinkSync(join(outside.path, 'one.jpg'), inStore('.tmp-1-abc-mno'));
    change(5);
    assert.equal((await runCli(['backup'], cliOptions())).code, 0);
    await followUpEnded();
    assert.deepEqual(
      readdirSync(project.storePath).filter((name) => name.startsWith('.tmp-')),
      ['.tmp-1-abc-mno', '.tmp-notes.txt'],
    );
    outside.assertUntouched();
  });

  it('clean-up deletes the regular files of a backup, and no link in their place', async () => {
    home.configure({});
    const [oldest = ''] = idsOf(project);
    for (const passing of [5, 6]) {
      change(passing);
      await runCli(['backup'], cliOptions());
    }
    symlinkSync(join(outside.path, 'one.jpg'), inStore(`${oldest}.db.gz`));
    const env = { ...home.environment, ...KEEP_ONE };
    const { code, stderr } = await runCli(['cleanup', '--yes'], { cwd: project.root, env });
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(inStore(`${oldest}.db`)), false);
    assert.equal(readlinkSync(inStore(`${oldest}.db.gz`)), join(outside.path, 'one.jpg'));
    outside.assertUntouched();
  });

  it('verify moves no damaged backup through a link with the name quarantine', async () => {
    symlinkSync(outside.path, inStore('quarantine'));
    const [id = ''] = idsOf(project);
    flipByte(inStore(`${id}.db`));
    const { code } = await runCli(['verify'], cliOptions());
    assert.notEqual(code, 0);
    outside.assertUntouched();
    assert.ok(existsSync(inStore(`${id}.db`)));
  });

  it('a sync replaces a link in the place of project.json, and writes nothing through it', async () => {
    assert.equal((await runCli(['replicate'], cliOptions())).code, 0);
    const description = join(folderAt(nas()), 'project.json');
    rmSync(description);
    symlinkSync(join(outside.path, 'project.json'), description);
    change(5);
    await runCli(['backup'], { ...cliOptions(), env: { ...home.environment, HOME: folder.join('nobody') } });
    assert.equal((await runCli(['replicate'], cliOptions())).code, 0);
    assert.ok(lstatSync(description).isFile());
    outside.assertUntouched();
    assert.deepEqual(copies(), idsOf(project));
  });

  it('a target keeps links and files of other programs', async () => {
    assert.equal((await runCli(['replicate'], cliOptions())).code, 0);
    const at = (name: string) => join(folderAt(nas()), name);
    const foreign = ['.tmp-1-abc-def', 'features_1_20200101-000000_x.db.gz', 'history-000001-20200101-000000.fbh'];
    for (const name of foreign) symlinkSync(join(outside.path, 'one.jpg'), at(name));
    symlinkSync(outside.path, at('album'));
    mkdirSync(at('features_2_20200101-000000_x.db.gz'));
    writeFileSync(at('notes.txt'), 'mine');
    symlinkSync(outside.path, join(nas(), 'elsewhere'));
    const [id = ''] = idsOf(project);
    // The old metadata of a replaced copy is removed first, but here a link has taken its place.
    const metadata = readFileSync(at(`${id}.json`));
    change(5);
    await runCli(['backup'], { ...cliOptions(), env: { ...home.environment, HOME: folder.join('nobody') } });
    assert.equal((await runCli(['replicate', '--verify'], cliOptions())).code, 0);
    for (const name of foreign) assert.equal(readlinkSync(at(name)), join(outside.path, 'one.jpg'));
    assert.equal(readlinkSync(at('album')), outside.path);
    assert.equal(readFileSync(at('notes.txt'), 'utf8'), 'mine');
    assert.ok(existsSync(at('features_2_20200101-000000_x.db.gz')));
    assert.deepEqual(readFileSync(at(`${id}.json`)), metadata);
    outside.assertUntouched();
    assert.deepEqual(copies(), idsOf(project));
  });
});

const KEEP_ONE = {
  FEATURE_BACKUPS_KEEP_LAST: '1',
  FEATURE_BACKUPS_KEEP_HOURLY: '0',
  FEATURE_BACKUPS_KEEP_DAILY: '0',
  FEATURE_BACKUPS_KEEP_WEEKLY: '0',
};

/** A user's own folder without backups, whose files have the names of files of this program. */
class Outside {
  readonly #files: Readonly<Record<string, string>> = {
    'one.jpg': 'a picture',
    'project.json': '{}',
    '.tmp-1-abc-def': 'mine',
    wanted: 'mine',
  };

  constructor(readonly path: string) {
    mkdirSync(path);
    for (const [name, content] of Object.entries(this.#files)) writeFileSync(join(path, name), content);
  }

  assertUntouched(): void {
    const found = readdirSync(this.path).map((name) => [name, readFileSync(join(this.path, name), 'utf8')]);
    assert.deepEqual(Object.fromEntries(found), this.#files);
  }
}
