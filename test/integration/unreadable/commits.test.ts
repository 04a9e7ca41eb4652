import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backup } from '../../../core/store/backup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { BackupError } from '../../../core/system/errors.js';
import { ownIdentity } from '../../../core/system/processes/processIdentity.js';
import { formatLinks } from '../../../core/git/commitInbox.js';
import { commitsOf, linkCommits } from '../../../core/git/linkCommits.js';
import { type Project } from '../../../core/project/project.js';
import { type Ports, realPorts } from '../../../core/system/ports.js';
import { portsThatRefuse, READ_ERRORS } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { projectWithBackups } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [ONE, TWO, THREE] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)];

describe('a commit whose backup has metadata that cannot be read', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let hooks = '';

  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 2);
    hooks = folder.join('hooks');
    mkdirSync(hooks);
  });

  const backups = () => readCatalog(project, realPorts()).backups;
  const commits = () => backups().flatMap(commitsOf).sort();
  const recordCommits = (): string => {
    const [newer, older] = backups();
    assert.ok(newer && older);
    const line = (commit: string, backupId: string) =>
      `commit ${commit} ${formatLinks([{ storePath: project.storePath, backupId }])}\n`;
    writeFileSync(join(hooks, 'inbox'), line(ONE, newer.id) + line(TWO, older.id));
    const path = join(project.storePath, `${newer.id}.json`);
    utimesSync(path, new Date(), new Date());
    return path;
  };
  const waiting = (): number => readdirSync(hooks).filter((name) => name.startsWith('inbox')).length;

  for (const code of READ_ERRORS) {
    it(`waits until it can be read, while other commits are recorded (${code})`, async () => {
      const closed = recordCommits();
      await assert.rejects(
        linkCommits(
          hooks,
          portsThatRefuse(code, ({ path }) => path === closed),
        ),
        (error: unknown) => error instanceof BackupError && error.code === 'metadata-unknown',
      );
      assert.deepEqual(commits(), [TWO]);
      assert.equal(waiting(), 1);
      await linkCommits(hooks, realPorts());
      assert.deepEqual(commits(), [ONE, TWO]);
      assert.equal(waiting(), 0);
    });
  }

  describe('and that git has replaced by another commit', () => {
    const link = (commit: string, { id }: Backup, { storePath } = project): string =>
      `commit ${commit} ${formatLinks([{ storePath, backupId: id }])}\n`;
    const note = (...lines: readonly string[]): void => writeFileSync(join(hooks, 'inbox'), lines.join(''));
    const metadataOf = ({ id }: Backup): string => join(project.storePath, `${id}.json`);
    const refusing = (code: string, closed: Backup): Ports => {
      utimesSync(metadataOf(closed), new Date(), new Date());
      return portsThatRefuse(code, ({ path }) => path === metadataOf(closed));
    };
    let newer: Backup;
    let older: Backup;
    beforeEach(async () => {
      const [first, second] = backups();
      assert.ok(first && second);
      [newer, older] = [first, second];
      note(link(ONE, newer));
      await linkCommits(hooks, realPorts());
    });

    for (const by of ['amend', 'rebase']) {
      for (const code of READ_ERRORS) {
        it(`passes its link on once it can be read (${by}, ${code})`, async () => {
          note(`rewrite ${by} ${ONE} ${TWO}\n`);
          await assert.rejects(linkCommits(hooks, refusing(code, newer)), { code: 'metadata-unknown' });
          assert.deepEqual([commits(), waiting()], [[ONE], 1]);
          await linkCommits(hooks, realPorts());
          assert.deepEqual([commits(), waiting()], [[ONE, TWO], 0]);
        });
      }
    }

    it('blocks nothing if the new commit has its own backup', async () => {
      note(link(TWO, older), `rewrite amend ${ONE} ${TWO}\n`);
      await linkCommits(hooks, refusing('EACCES', newer));
      assert.deepEqual([commits(), waiting()], [[ONE, TWO], 0]);
    });

    it('blocks nothing if another backup cannot be read', async () => {
      note(`rewrite amend ${ONE} ${TWO}\n`);
      await linkCommits(hooks, refusing('EACCES', older));
      assert.deepEqual([commits(), waiting()], [[ONE, TWO], 0]);
    });

    it('blocks nothing if it is damaged', async () => {
      writeFileSync(metadataOf(newer), '{"pinned": tr');
      note(`rewrite amend ${ONE} ${TWO}\n`);
      await linkCommits(hooks, realPorts());
      assert.equal(waiting(), 0);
    });

    it('does not hold up the commits of another store', async () => {
      const other = await projectWithBackups(folder.join('blog'), 1);
      const [backup] = readCatalog(other, realPorts()).backups;
      assert.ok(backup);
      note(`rewrite amend ${ONE} ${TWO}\n`, link(THREE, backup, other));
      await assert.rejects(linkCommits(hooks, refusing('EACCES', newer)), { code: 'metadata-unknown' });
      assert.deepEqual(readCatalog(other, realPorts()).backups.flatMap(commitsOf), [THREE]);
    });
  });

  it('does not block the others forever if it is damaged', async () => {
    writeFileSync(recordCommits(), '{"pinned": tr');
    await linkCommits(hooks, realPorts());
    assert.deepEqual(commits(), [TWO]);
    assert.equal(waiting(), 0);
  });
});

describe('the identity of this process', () => {
  it('is not read or cached incompletely when descriptors have run out', function () {
    if (process.platform !== 'linux') this.skip();
    const { files } = realPorts();
    let isExhausted = true;
    const readFileSync = ((path: string, ...rest: []) => {
      if (isExhausted && path.startsWith('/proc/')) throw systemError('EMFILE');
      return files.readFileSync(path, ...rest);
    }) as typeof files.readFileSync;
    const limited = { ...files, readFileSync };
    assert.throws(() => ownIdentity(limited), /EMFILE/);
    isExhausted = false;
    assert.deepEqual(ownIdentity(limited), ownIdentity(files));
  });
});
