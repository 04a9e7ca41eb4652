import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  countCopies,
  countInVault,
  deleteVaultProject,
  startExpiry,
  readVaultProjects,
  removeExpired,
} from '../../../core/replication/vaultProjects.js';
import { describeProject } from '../../../core/replication/projectDescription.js';
import type { FileSystem, Ports } from '../../../core/system/ports.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY, FOREIGN_KEY] = ['shop-00000001', 'shop-00000002', 'blog-00000003'];
const idAt = (hour: number): string => `features_1_20260125-1${String(hour)}0000_a`;
const timeAt = (hour: number): Date => new Date(2026, 0, 25, 10 + hour);
const DAY_MS = 86_400_000;

describe('the projects in the vault', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const inVault = (...path: readonly string[]): string => join(recorded.vault, ...path);
  const read = (ports = recorded.ports()) => readVaultProjects(ports)?.projects ?? [];
  const refusing = (code: string, isRefused: (path: string) => boolean): Partial<Ports> => {
    const { files } = recorded.ports();
    const unlinkSync: FileSystem['unlinkSync'] = (path) => {
      if (isRefused(String(path))) throw systemError(code);
      files.unlinkSync(path);
    };
    const rmdirSync: FileSystem['rmdirSync'] = (path) => {
      if (isRefused(String(path))) throw systemError(code);
      files.rmdirSync(path);
    };
    return { files: { ...files, unlinkSync, rmdirSync } };
  };

  it('have a folder, a number of backups, a size and the time of the newest one', () => {
    assert.deepEqual(readVaultProjects(recorded.ports()), { vault: recorded.vault, projects: [] });
    assert.equal(readVaultProjects(recorded.ports({ environment: {} })), undefined);
    recorded.record(KEY, OLD_KEY);
    recorded.putInVault(KEY, `${idAt(1)}.db.gz`, `${idAt(3)}.db`, `${idAt(3)}.db.gz`, `${idAt(2)}.db.gz`);
    recorded.putInVault(KEY, `${idAt(1)}.json`, 'features_1.db');
    recorded.putInVault(OLD_KEY, 'project.json');
    const sizeOf = (key: string) =>
      recorded.namesInVault(key).reduce((sum, name) => sum + statSync(inVault(key, name)).size, 0);
    const { root } = recorded.project;
    assert.deepEqual(read(), [
      { key: KEY, root, backupCount: 4, newestAt: timeAt(3), sizeBytes: sizeOf(KEY) },
      { key: OLD_KEY, root, backupCount: 0, newestAt: undefined, sizeBytes: 2 },
    ]);
    assert.equal(countCopies({ vaultKeys: [KEY, OLD_KEY] }, recorded.ports()), 4);
    assert.equal(countCopies({ vaultKeys: [KEY] }, recorded.ports({ environment: {} })), 0);
    recorded.putInVault(OLD_KEY, `${idAt(1)}.db.gz`);
    assert.equal(countCopies({ vaultKeys: [KEY, OLD_KEY] }, recorded.ports()), 5);
    assert.equal(countInVault(recorded.project, recorded.ports()), 5);
  });

  it('have the folder that the last sync described if nothing is recorded of them', () => {
    recorded.putInVault(KEY, 'project.json');
    recorded.putInVault(OLD_KEY);
    recorded.putInVault(FOREIGN_KEY);
    const { root } = recorded.project;
    const description = describeProject(recorded.project, { key: KEY, root, host: 'here', isProven: true });
    writeFileSync(inVault(KEY, 'project.json'), description);
    const rootOf = (key: string, ports = recorded.ports()) => read(ports).find((each) => each.key === key)?.root;
    assert.equal(rootOf(KEY), root);
    assert.equal(rootOf(OLD_KEY), undefined);
    writeFileSync(inVault(FOREIGN_KEY, 'project.json'), `${description.toString()}${' '.repeat(70_000)}`);
    assert.equal(rootOf(FOREIGN_KEY), undefined, 'too large');
    const { files } = portsThatRefuse('EIO', ({ path }) => path === inVault(KEY, 'project.json'));
    assert.equal(rootOf(KEY, recorded.ports({ files })), undefined);
  });

  it('are listed with a warning for an unreadable record', () => {
    recorded.record(KEY);
    recorded.putInVault(KEY, `${idAt(1)}.db.gz`);
    const { files } = portsThatRefuse('EIO', ({ path }) => path === recorded.recordPath);
    const warnings: string[] = [];
    const [project] = read(recorded.ports({ files, onWarning: (warning) => warnings.push(warning) }));
    assert.deepEqual([project?.key, project?.root, warnings.length], [KEY, undefined, 1]);
    assert.equal(read(recorded.ports({ files })).length, 1);
  });

  describe('that are forgotten', () => {
    it('are marked once, as far as they have copies', () => {
      recorded.putInVault(KEY, `${idAt(1)}.db.gz`);
      assert.doesNotThrow(() => startExpiry([OLD_KEY, KEY], recorded.ports()));
      assert.equal(existsSync(inVault(OLD_KEY)), false);
      assert.equal(readFileSync(inVault(KEY, 'forgotten'), 'utf8'), '');
      utimesSync(inVault(KEY, 'forgotten'), 1000, 1000);
      writeFileSync(inVault(FOREIGN_KEY), 'a file');
      startExpiry([FOREIGN_KEY, KEY], recorded.ports());
      assert.equal(statSync(inVault(KEY, 'forgotten')).mtimeMs, 1_000_000, 'the time starts once');
      assert.doesNotThrow(() => startExpiry([KEY], recorded.ports({ environment: {} })));
    });

    it('are an error if they cannot be marked', () => {
      recorded.putInVault(KEY, `${idAt(1)}.db.gz`);
      const { files } = portsThatRefuse('EACCES', ({ path }) => path === inVault(KEY, 'forgotten'));
      assert.throws(() => startExpiry([KEY], recorded.ports({ files })), {
        code: 'permission-denied',
        operation: 'forget the copies in the vault',
      });
    });
  });

  describe('expire', () => {
    const expire = async (now: number, more: Partial<Ports> = {}): Promise<boolean> => {
      await removeExpired(recorded.ports({ now: () => new Date(now), ...more }));
      return !existsSync(inVault(KEY));
    };
    const forgottenAt = 1_700_000_000_000;

    it('30 days after they were forgotten, however new their copies are', async () => {
      recorded.record(KEY);
      recorded.putInVault(KEY, `${idAt(1)}.db.gz`);
      assert.equal(await expire(forgottenAt + 1000 * DAY_MS), false);
      recorded.putInVault(KEY, 'forgotten');
      utimesSync(inVault(KEY, 'forgotten'), forgottenAt / 1000, forgottenAt / 1000);
      assert.equal(await expire(forgottenAt + 30 * DAY_MS), false);
      assert.equal(await expire(forgottenAt + 30 * DAY_MS + 1), true);
      await assert.doesNotReject(removeExpired(recorded.ports({ environment: {} })));
    });

    it('a week after the last copy if they were temporary and are deleted, with their records', async () => {
      const { environment } = recorded.ports();
      const temporary = { environment: { ...environment, TMPDIR: folder.path } };
      recorded.record(KEY);
      recorded.putInVault(KEY, `${idAt(1)}.db.gz`);
      const late = timeAt(1).getTime() + 7 * DAY_MS;
      mkdirSync(recorded.project.root, { recursive: true });
      assert.equal(await expire(late + 1, temporary), false, 'the project exists');
      rmSync(recorded.project.root, { recursive: true });
      assert.equal(await expire(late + 1), false, 'it is not temporary');
      assert.equal(await expire(late, temporary), false);
      assert.ok(existsSync(recorded.recordPath));
      assert.equal(await expire(late + 1, temporary), true);
      assert.equal(existsSync(recorded.recordPath), false);
    });

    it('never if they have no copy with a time, or if their folder is unknown', async () => {
      const { environment } = recorded.ports();
      const temporary = { environment: { ...environment, TMPDIR: folder.path } };
      recorded.record(KEY);
      recorded.putInVault(KEY, 'features_1.db');
      recorded.putInVault(OLD_KEY, `${idAt(1)}.db.gz`);
      assert.equal(await expire(timeAt(1).getTime() + 8 * DAY_MS, temporary), false);
      assert.ok(existsSync(inVault(OLD_KEY)) && existsSync(recorded.recordPath));
    });
  });

  describe('are deleted', () => {
    const OWN = [
      ...['project.json', 'forgotten', 'sync-wanted', 'sync-begun', '.tmp-1-2-3', '.tmp-1-2-3.db.gz'],
      ...[`${idAt(1)}.db`, `${idAt(1)}.db.gz`, `${idAt(1)}.json`, 'features_emergency_20260125-120000.db'],
      'history-000001-20260125-120000.fbh',
    ];
    const remove = async (more: Partial<Ports> = {}): Promise<void> =>
      await deleteVaultProject(inVault(KEY), recorded.ports(more));

    it('with all of their files and their folder', async () => {
      recorded.putInVault(OLD_KEY, ...OWN);
      recorded.putInVault(KEY, ...OWN);
      await remove();
      assert.equal(existsSync(inVault(KEY)), false);
      assert.deepEqual(recorded.namesInVault(OLD_KEY), OWN.toSorted());
      await remove();
    });

    it('except for files with other names, which keep the folder', async () => {
      const others = [`${idAt(1)}.note`, 'notes.json', 'features.db', '.tmp-mine', 'history.fbh', `${idAt(1)}.db.old`];
      recorded.putInVault(KEY, ...OWN, ...others);
      await remove();
      assert.deepEqual(recorded.namesInVault(KEY), others.toSorted());
      for (const code of ['ENOTEMPTY', 'EEXIST', 'ENOENT'])
        await assert.doesNotReject(remove(refusing(code, (path) => path === inVault(KEY))), code);
    });

    it('except for a file in their place', async () => {
      recorded.putInVault(OLD_KEY);
      writeFileSync(inVault(KEY), '');
      await remove();
      assert.ok(existsSync(inVault(KEY)));
    });

    it('or the error names the folder', async () => {
      recorded.putInVault(KEY, ...OWN);
      const isImage = (path: string): boolean => path.endsWith('.db.gz');
      await assert.rejects(remove(refusing('EACCES', isImage)), {
        code: 'permission-denied',
        path: inVault(KEY),
      });
      await assert.rejects(remove(refusing('EACCES', (path) => path === inVault(KEY))), {
        code: 'permission-denied',
        operation: 'delete copies in the vault',
      });
      await remove();
      assert.equal(existsSync(inVault(KEY)), false);
    });
  });
});
