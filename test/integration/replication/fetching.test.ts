import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'mocha';
import { backUp } from '../../../core/engine.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import type { Project } from '../../../core/project/project.js';
import { bestFirst, fetchAll, fetchCopy, fetchFirst, selectCopy } from '../../../core/replication/fetchFromTarget.js';
import { openTarget } from '../../../core/replication/openTarget.js';
import { readTarget, type Copy, type TargetContent } from '../../../core/replication/readTarget.js';
import { replicate } from '../../../core/replication/replicate.js';
import type { TargetFolder } from '../../../core/replication/target.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import {
  backUpNewState,
  flipByte,
  folderAt,
  folderTargetNamed,
  projectWithBackups,
  withTargets,
} from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('copies fetched from a target', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let source: Project;
  let targetFolder: TargetFolder;
  let warnings: string[];
  let steps: (readonly [string, number])[];

  const nas = () => folder.join('nas');
  const target = () => folderTargetNamed('nas', nas());
  const project = (): Project => testProject(folder.join('new machine', 'shop'));
  const ports = (): Ports => ({
    ...realPorts(),
    onWarning: (message) => warnings.push(message),
    onProgress: (step, fraction) => steps.push([step, fraction]),
  });
  const copyAll = async (of = source): Promise<TargetContent> => {
    const [outcome] = (await replicate(withTargets(of, target()), {}, realPorts())).targets;
    assert.equal(outcome?.problem, undefined);
    const key = folderAt(nas()).slice(nas().length + 1);
    targetFolder = openTarget(target(), folder.path, realPorts()).folder(key);
    return await readTarget(targetFolder);
  };
  const stored = (): readonly Backup[] => readCatalog(project(), realPorts()).backups;
  const idsOf = (backups: readonly Backup[]): readonly string[] => backups.map(({ id }) => id);
  const copiesOf = (copies: readonly Copy[]): readonly string[] => copies.map(({ backup }) => backup.id);
  const hasCode =
    (code: string, message = /./) =>
    (error: unknown): boolean =>
      error instanceof BackupError && error.code === code && message.test(error.message);
  const damageLive = (): void => {
    sqlite3(
      source.databasePath,
      "PRAGMA writable_schema=1; DELETE FROM sqlite_master WHERE name = 'ix_features_passes'; UPDATE features SET passes = 1",
    );
    sqlite3(
      source.databasePath,
      'INSERT INTO features SELECT 99,priority,category,name,description,steps,1,0,NULL,0,NULL,NULL FROM features WHERE id = 1',
    );
  };
  const emergencyOf = async (): Promise<Backup> => {
    damageLive();
    const outcome = await backUp(source, { source: 'cli', reason: 'x' });
    assert.ok(outcome.status === 'damaged');
    return outcome.emergency;
  };

  beforeEach(async () => {
    warnings = [];
    steps = [];
    mkdirSync(nas());
    source = await projectWithBackups(folder.join('shop'), 3);
  });

  it('are ordinary backups: the same image, with checked metadata', async () => {
    const content = await copyAll();
    const [copy] = content.copies;
    assert.ok(copy);
    // Anyone with access to the target can change the metadata there.
    const { sha256, backupSizeBytes } = copy.copy.metadata;
    const forged: Copy = {
      ...copy,
      copy: {
        ...copy.copy,
        metadata: {
          ...copy.copy.metadata,
          ...{ featureCount: 1, passingCount: 2, inProgressCount: 3, verified: undefined },
          sideFiles: [{ suffix: '-wal', sizeBytes: 3, sha256 }],
        },
      },
    };
    const fetched = await fetchCopy(project(), targetFolder, forged, ports());
    assert.deepEqual(stored(), [fetched]);
    const { metadata, ...backup } = fetched;
    assert.deepEqual([backup.id, backup.kind, backup.createdAt], [copy.backup.id, 'ordinary', copy.backup.createdAt]);
    assert.deepEqual(backup.counts, { total: 12, passing: 3, inProgress: 0 });
    assert.deepEqual(
      [metadata?.featureCount, metadata?.passingCount, metadata?.inProgressCount, metadata?.sideFiles],
      [12, 3, 0, undefined],
    );
    assert.deepEqual([metadata?.verified?.ok, metadata?.verified?.check], [true, 'integrity_check']);
    assert.deepEqual([metadata?.sha256, metadata?.backupSizeBytes], [sha256, backupSizeBytes]);
    const [original] = readCatalog(source, realPorts()).backups;
    assert.ok(original);
    assert.deepEqual(readBackupImage(fetched, realPorts()), readBackupImage(original, realPorts()));
    assert.deepEqual(
      readdirSync(project().storePath).filter((name) => name.startsWith('.tmp-')),
      [],
    );
  });

  it('do not replace the same backups in the store', async () => {
    const content = await copyAll();
    const [copy] = content.copies;
    assert.ok(copy);
    const first = await fetchCopy(project(), targetFolder, copy, ports());
    const before = readFileSync(first.path.replace(/\.db$/, '.json'), 'utf8');
    assert.deepEqual(await fetchCopy(project(), targetFolder, copy, ports()), first);
    assert.equal(readFileSync(first.path.replace(/\.db$/, '.json'), 'utf8'), before);
    assert.deepEqual(stored(), [first]);
  });

  it('are refused if the store has a different backup of that name, or one with damaged metadata', async () => {
    const [copy, other] = (await copyAll()).copies;
    assert.ok(copy && other);
    const { path } = await fetchCopy(project(), targetFolder, copy, ports());
    const metadata = readFileSync(path.replace(/\.db$/, '.json'), 'utf8');
    writeFileSync(path.replace(/\.db$/, '.json'), metadata.replace(copy.copy.metadata.sha256, 'f'.repeat(64)));
    await assert.rejects(fetchCopy(project(), targetFolder, copy, ports()), hasCode('io', /a different backup named/));
    writeFileSync(path.replace(/\.db$/, '.json'), '{');
    await assert.rejects(fetchCopy(project(), targetFolder, copy, ports()), hasCode('metadata-unknown'));
    // Without metadata, nothing shows that they are the same.
    rmSync(path.replace(/\.db$/, '.json'));
    await assert.rejects(fetchCopy(project(), targetFolder, copy, ports()), hasCode('io'));
    assert.deepEqual(idsOf(stored()), [copy.backup.id]);
  });

  it('are refused if something other than a backup has the name', async () => {
    const [copy] = (await copyAll()).copies;
    assert.ok(copy);
    const conflictingPath = join(project().storePath, `${copy.backup.id}.db`);
    mkdirSync(conflictingPath, { recursive: true });
    await assert.rejects(fetchCopy(project(), targetFolder, copy, ports()), hasCode('backup-not-found'));
    assert.deepEqual([stored(), readdirSync(conflictingPath)], [[], []]);
  });

  it('are selected by name like backups; the newest is an ordinary one', async () => {
    const emergency = await emergencyOf();
    const content = await copyAll();
    const ids = copiesOf(content.copies);
    assert.equal(ids[0], emergency.id, 'it is the newest of all');
    assert.deepEqual(ids.length, 4);
    for (const id of ids) assert.equal(selectCopy(targetFolder, content, id).backup.id, id);
    assert.equal(selectCopy(targetFolder, content, 'latest').backup.id, ids[1]);
    assert.throws(() => selectCopy(targetFolder, content, 'features_99'), hasCode('backup-not-found'));
  });

  it('are tried in this order: verified, unverified, damaged; each newest first', async () => {
    await backUpNewState(source, 4);
    const emergency = await emergencyOf();
    const { copies, ...rest } = await copyAll();
    const ordinary = copies.filter(({ backup }) => backup.id !== emergency.id);
    assert.deepEqual([ordinary.length, copies.length], [4, 5]);
    const [a, b, c, d] = copiesOf(ordinary);
    const verdicts = new Map([
      [a, false],
      [c, true],
      [d, true],
    ]);
    const marked = copies.map((copy): Copy => {
      const { metadata } = copy.backup;
      const ok = verdicts.get(copy.backup.id);
      const verified = ok === undefined ? undefined : ({ at: '2026-01-01', check: 'integrity_check', ok } as const);
      return { ...copy, backup: { ...copy.backup, metadata: metadata && { ...metadata, verified } } };
    });
    assert.deepEqual(copiesOf(bestFirst({ ...rest, copies: marked })), [c, d, b, a]);
    const without = marked.map((copy) =>
      copy.backup.id === c ? { ...copy, backup: { ...copy.backup, metadata: undefined } } : copy,
    );
    assert.deepEqual(copiesOf(bestFirst({ ...rest, copies: without })), [d, b, c, a]);
  });

  it('are skipped with a warning if they are damaged; the first intact one is used', async () => {
    const content = await copyAll();
    const [newest = '', second] = copiesOf(content.copies);
    flipByte(join(targetFolder.place, `${newest}.db.gz`));
    const fetched = await fetchFirst(project(), targetFolder, bestFirst(content), ports());
    assert.equal(fetched.id, second);
    assert.deepEqual(idsOf(stored()), [second]);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]?.includes(newest));
    const { onWarning, ...silent } = ports();
    assert.ok(onWarning);
    assert.equal((await fetchFirst(project(), targetFolder, bestFirst(content), silent)).id, second);
  });

  it('are none if none is intact', async () => {
    const content = await copyAll();
    for (const id of copiesOf(content.copies)) flipByte(join(targetFolder.place, `${id}.db.gz`));
    await assert.rejects(
      fetchFirst(project(), targetFolder, bestFirst(content), ports()),
      hasCode('backup-not-found', /No intact copy/),
    );
    assert.equal(warnings.length, 3);
    assert.deepEqual(await fetchAll(project(), targetFolder, content, ports()), []);
  });

  it('are not skipped if they cannot be read', async () => {
    const content = await copyAll();
    const failing: TargetFolder = {
      place: targetFolder.place,
      list: async () => await targetFolder.list(),
      put: async () => await Promise.resolve(),
      remove: async () => await Promise.resolve(),
      read: async () => await Promise.reject(new BackupError('off', { code: 'target-failed', operation: 'x' })),
    };
    await assert.rejects(fetchFirst(project(), failing, bestFirst(content), ports()), hasCode('target-failed'));
    assert.deepEqual(warnings, []);
  });

  it('of a damaged database are fetched unchanged, but damaged ordinary backups are not', async () => {
    const emergency = await emergencyOf();
    const content = await copyAll();
    const copy = selectCopy(targetFolder, content, emergency.id);
    const fetched = await fetchCopy(project(), targetFolder, copy, ports());
    assert.equal(fetched.kind, 'emergency');
    assert.deepEqual(fetched.metadata?.problems, emergency.metadata?.problems);
    assert.deepEqual(readBackupImage(fetched, realPorts()), readBackupImage(emergency, realPorts()));
    // The same bytes as a backup of an intact database.
    const { problems, ...claimed } = copy.copy.metadata;
    assert.ok(problems !== undefined && problems.length > 0);
    for (const metadata of [claimed, { ...claimed, problems: [] }]) {
      rmSync(project().storePath, { recursive: true, force: true });
      const forged = { ...copy, copy: { ...copy.copy, metadata } };
      await assert.rejects(fetchCopy(project(), targetFolder, forged, ports()), hasCode('backup-damaged'));
    }
    const ordinary: Copy = { ...copy, backup: { ...copy.backup, kind: 'ordinary' } };
    await assert.rejects(fetchCopy(project(), targetFolder, ordinary, ports()), hasCode('backup-damaged'));
    assert.deepEqual(existsSync(project().storePath) ? stored() : [], []);
  });

  it('are all fetched, with progress', async () => {
    const content = await copyAll();
    const ids = copiesOf(content.copies);
    const [, damaged = ''] = ids;
    flipByte(join(targetFolder.place, `${damaged}.db.gz`));
    const fetched = await fetchAll(project(), targetFolder, content, ports());
    assert.deepEqual(
      fetched.map(({ id }) => id),
      ids.filter((id) => id !== damaged),
    );
    assert.equal(warnings.length, 1);
    const fetching = steps.filter(([step]) => step.startsWith('fetching'));
    assert.deepEqual(
      fetching,
      ids.map((id, index) => [`fetching ${id}`, index / 3]),
    );
    const { onProgress, ...silent } = ports();
    assert.ok(onProgress);
    assert.equal((await fetchAll(project(), targetFolder, content, silent)).length, 2);
  });

  describe('with a history', () => {
    const RULES = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };
    const withHistory = async (): Promise<TargetContent> => {
      source = {
        ...source,
        configuration: { ...source.configuration, retention: { ...source.configuration.retention, ...RULES } },
      };
      for (const passing of [5, 6]) await backUpNewState(source, passing);
      const content = await copyAll();
      assert.equal(content.segments.length, 1);
      return content;
    };
    const segments = (of: Project): readonly string[] =>
      readdirSync(of.storePath).filter((name) => name.endsWith('.fbh'));

    it('include it, byte for byte', async () => {
      const content = await withHistory();
      await fetchAll(project(), targetFolder, content, ports());
      assert.deepEqual(segments(project()), segments(source));
      for (const name of segments(source))
        assert.deepEqual(readFileSync(join(project().storePath, name)), readFileSync(join(source.storePath, name)));
      assert.deepEqual(
        idsOf(listHistory(project(), realPorts()).states),
        idsOf(listHistory(source, realPorts()).states),
      );
      assert.deepEqual(
        readdirSync(project().storePath).filter((name) => name.startsWith('.tmp-')),
        [],
      );
    });

    it('do not replace an existing one', async () => {
      const content = await withHistory();
      mkdirSync(project().storePath, { recursive: true });
      const [name = ''] = segments(source);
      const own = name.replace('history-000001', 'history-000007');
      assert.notEqual(own, name);
      copyFileSync(join(source.storePath, name), join(project().storePath, own));
      await fetchAll(project(), targetFolder, content, ports());
      assert.deepEqual(segments(project()), [own]);
    });

    it('include its remaining segments if one is missing or too large', async () => {
      const content = await withHistory();
      const [segment] = content.segments;
      assert.ok(segment);
      const gone = { ...segment, name: segment.name.replace('000001', '000002') };
      const huge = { ...segment, name: segment.name.replace('000001', '000003'), sizeBytes: 2 ** 31 + 1 };
      copyFileSync(join(targetFolder.place, segment.name), join(targetFolder.place, huge.name));
      await fetchAll(project(), targetFolder, { ...content, segments: [gone, huge, segment] }, ports());
      assert.deepEqual(segments(project()), [segment.name]);
    });

    it('create no store if nothing is fetched', async () => {
      const content = await withHistory();
      await fetchAll(project(), targetFolder, { ...content, copies: [], segments: [] }, ports());
      assert.equal(existsSync(project().storePath), false);
    });

    it('report the store that could not be written', async () => {
      const content = await withHistory();
      const failing: TargetFolder = {
        place: targetFolder.place,
        list: async () => await targetFolder.list(),
        put: async () => await Promise.resolve(),
        remove: async () => await Promise.resolve(),
        read: async () => await Promise.reject(Object.assign(new Error('EIO: made by a test'), { code: 'EIO' })),
      };
      await assert.rejects(fetchAll(project(), failing, { ...content, copies: [] }, ports()), (error: unknown) => {
        assert.ok(error instanceof BackupError);
        assert.equal(error.path, project().storePath);
        return error.message.includes('fetch the history');
      });
    });
  });
});
