import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackup } from '../../../core/backup/createBackup.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { deleteBackup } from '../../../core/store/deleteBackup.js';
import type { Backup, GitPosition } from '../../../core/store/backup.js';
import { formatLinks } from '../../../core/git/commitInbox.js';
import { commitsOf, linkCommits } from '../../../core/git/linkCommits.js';
import { realPorts } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { projectWithBackups } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [ONE, TWO, THREE] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];

describe('the git position in a backup’s metadata', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  let project: Project;
  let hooks = '';
  let newer: Backup;
  let older: Backup;
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 2);
    hooks = folder.join('hooks');
    mkdirSync(hooks);
    const [first, second] = readCatalog(project, realPorts()).backups;
    assert.ok(first && second);
    [newer, older] = [first, second];
  });

  const stored = (id: string) => readCatalog(project, realPorts()).backups.find((backup) => backup.id === id);
  const commits = (id: string): readonly string[] => {
    const backup = stored(id);
    assert.ok(backup, id);
    return commitsOf(backup);
  };
  const commitLine = (commit: string, backupId: string, storePath = project.storePath): string =>
    `commit ${commit} ${formatLinks([{ storePath, backupId }])}\n`;
  const link = async (...lines: readonly string[]): Promise<void> => {
    writeFileSync(join(hooks, 'inbox'), lines.join(''));
    await linkCommits(hooks, realPorts());
    assert.deepEqual(
      readdirSync(hooks).filter((name) => name.startsWith('inbox')),
      [],
    );
  };

  describe('while the backlog does not change', () => {
    const backUpUnchanged = async (git?: GitPosition): Promise<GitPosition | undefined> => {
      const trigger = { source: git === undefined ? 'mcp' : 'git', reason: 'again', git } as const;
      const outcome = await createBackup(project, trigger, realPorts());
      assert.ok(outcome.status === 'unchanged', outcome.status);
      const read = stored(newer.id)?.metadata;
      assert.equal(read?.events.at(-1)?.reason, 'again');
      assert.deepEqual(outcome.backup.metadata?.git, read.git);
      return read.git;
    };

    it('is the newest one, and is kept if a trigger has none', async () => {
      assert.equal(await backUpUnchanged(), undefined);
      assert.deepEqual(await backUpUnchanged({ branch: 'main', head: ONE }), { branch: 'main', head: ONE });
      assert.deepEqual(await backUpUnchanged(), { branch: 'main', head: ONE });
      assert.deepEqual(await backUpUnchanged({ branch: null, head: TWO }), { branch: null, head: TWO });
    });

    it('keeps the commits made in this state', async () => {
      await link(commitLine(ONE, newer.id), commitLine(TWO, newer.id));
      const linked = { commit: TWO, earlierCommits: [ONE] };
      assert.deepEqual(await backUpUnchanged(), { branch: null, head: null, ...linked });
      const topic = { branch: 'topic', head: THREE };
      assert.deepEqual(await backUpUnchanged(topic), { ...topic, ...linked });
      await link(commitLine(THREE, newer.id));
      assert.deepEqual(stored(newer.id)?.metadata?.git, { ...topic, commit: THREE, earlierCommits: [ONE, TWO] });
    });
  });

  describe('when the backup of a commit has been pruned', () => {
    it('does not change, and the other commits are linked', async () => {
      await link(commitLine(ONE, 'features_9_20200101-000000_pruned'), commitLine(TWO, older.id));
      assert.deepEqual([commits(newer.id), commits(older.id)], [[], [TWO]]);
      await link(`rewrite amend ${ONE} ${THREE}\n`);
      assert.deepEqual([commits(newer.id), commits(older.id)], [[], [TWO]]);
    });

    it('stays with the backup that had the previous commit', async () => {
      await link(commitLine(ONE, older.id));
      await link(commitLine(ONE, 'features_9_20200101-000000_pruned'));
      assert.deepEqual([commits(newer.id), commits(older.id)], [[], [ONE]]);
    });

    it('writes no metadata for it', async () => {
      const names = readdirSync(project.storePath).length;
      const before = readFileSync(join(project.storePath, `${newer.id}.json`), 'utf8');
      await deleteBackup(project, older, { force: true }, realPorts());
      await link(commitLine(ONE, older.id), `rewrite rebase ${ONE} ${TWO}\n`);
      assert.equal(stored(older.id), undefined);
      assert.equal(readdirSync(project.storePath).length, names - 2);
      assert.equal(readFileSync(join(project.storePath, `${newer.id}.json`), 'utf8'), before);
    });

    it('is forgotten with its store, which is not created again', async () => {
      await link(commitLine(ONE, newer.id));
      const gone = folder.join('gone', '.feature_backups');
      await link(commitLine(TWO, newer.id, gone), commitLine(THREE, newer.id));
      assert.equal(existsSync(folder.join('gone')), false);
      assert.deepEqual(commits(newer.id), [ONE, THREE]);
      rmSync(project.storePath, { recursive: true });
      await link(commitLine(TWO, newer.id), `rewrite rebase ${ONE} ${THREE}\n`);
      assert.equal(existsSync(project.storePath), false);
    });
  });

  it('moves with a commit: each has one backup', async () => {
    await link(commitLine(ONE, older.id), commitLine(TWO, older.id));
    await link(commitLine(ONE, newer.id));
    assert.deepEqual([commits(newer.id), commits(older.id)], [[ONE], [TWO]]);
    await link(commitLine(ONE, newer.id));
    assert.deepEqual([commits(newer.id), commits(older.id)], [[ONE], [TWO]]);
  });
});
