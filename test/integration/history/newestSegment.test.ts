import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import { findBackupAt, selectFromHistory } from '../../../core/vault/selectFromHistory.js';
import type { Project } from '../../../core/project/project.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, realSystem, type Ports } from '../../../core/system/ports.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const ROOMY = 64 * 1024 * 1024;

describe('newest segment of the history', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });

  let nowMs = 0;
  const ports = (): Ports => ({ ...realPorts(), now: () => new Date(nowMs) });
  const project = (keepLast: number, maxBytes = ROOMY): Project => {
    const made = testProject(folder.path, { keepLast, keepDaily: 0, keepWeekly: 0 });
    return { ...made, configuration: { ...made.configuration, history: { maxBytes } } };
  };
  const store = (): string => project(1).storePath;
  const segments = (): string[] =>
    readdirSync(store())
      .filter((name) => name.endsWith('.fbh'))
      .sort()
      .map((name) => join(store(), name));
  const backUp = async (times: number): Promise<Backup[]> => {
    const made: Backup[] = [];
    for (let i = 0; i < times; i += 1) {
      nowMs += 60_000;
      await writer.write(project(1).databasePath);
      const outcome = await createBackup(project(100), { source: 'cli', reason: 'manual' }, ports());
      assert.ok(outcome.status === 'created');
      made.push(outcome.backup);
    }
    return made;
  };
  const archiveDownTo = async (keepLast: number, withPorts: Ports = ports(), maxBytes = ROOMY) =>
    await cleanUp(project(keepLast, maxBytes), withPorts);
  const idsInHistory = (): string[] => listHistory(project(1), ports()).states.map(({ id }) => id);

  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    copyFixture('2-after-200-passing', folder.path);
  });

  for (const count of [1, 3]) {
    it(`does not archive its last state again after a crash left the backup as well (${count} in it)`, async () => {
      const made = await backUp(count + 1);
      const last = made[count - 1];
      assert.ok(last);
      cpSync(store(), folder.join('before'), { recursive: true, preserveTimestamps: true });
      await archiveDownTo(1);
      const [segment = ''] = segments();
      const content = readFileSync(segment);
      for (const ending of ['.db', '.json']) {
        copyFileSync(folder.join('before', last.id + ending), join(store(), last.id + ending));
      }
      const { removed } = await archiveDownTo(1);
      assert.deepEqual(
        removed.map(({ id }) => id),
        [last.id],
      );
      assert.deepEqual(readFileSync(segment), content);
      assert.deepEqual(segments(), [segment]);
    });
  }

  it('is full when the next state would make it larger than half the limit', async () => {
    for (let i = 0; i < 9; i += 1) {
      runPython(SCRAMBLE, [project(1).databasePath]);
      await backUp(1);
    }
    cpSync(store(), folder.join('before'), { recursive: true, preserveTimestamps: true });
    await archiveDownTo(1);
    assert.equal(segments().length, 1);
    const bytes = statSync(segments()[0] ?? '').size;
    for (const [maxBytes, count] of [
      [2 * bytes, 1],
      [2 * bytes - 1, 2],
    ] as const) {
      rmSync(store(), { recursive: true });
      cpSync(folder.join('before'), store(), { recursive: true, preserveTimestamps: true });
      await archiveDownTo(1, ports(), maxBytes);
      assert.equal(segments().length, count);
      assert.equal(idsInHistory().length, 8);
    }
  });

  it('is ours, not a planted one with a number that no history reaches, which is deleted first', async () => {
    await backUp(4);
    const planted = join(store(), 'history-999999999999-20990101-000000.fbh');
    writeFileSync(planted, Buffer.alloc(ROOMY));
    await archiveDownTo(3, ports(), 2 * ROOMY);
    await archiveDownTo(2, ports(), 2 * ROOMY);
    assert.equal(segments().length, 2, 'the second run has appended to the segment of the first');
    await archiveDownTo(1);
    assert.ok(!existsSync(planted));
    assert.equal(idsInHistory().length, 3);
  });

  it('is left unchanged if another process writes to it meanwhile', async () => {
    await backUp(4);
    await archiveDownTo(3);
    const [segment = ''] = segments();
    let opened = 0;
    const files = interferingFiles(({ name, path }) => {
      if (name !== 'open' || path !== segment) return;
      opened += 1;
    });
    await archiveDownTo(2, { ...ports(), files });
    const toWrite = opened;
    opened = 0;
    const appending = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === segment && (opened += 1) === toWrite) appendFileSync(segment, 'theirs');
    });
    const expected = Buffer.concat([readFileSync(segment), Buffer.from('theirs')]);
    const { removed, problem } = await archiveDownTo(1, { ...ports(), files: appending });
    assert.deepEqual([removed, problem?.code], [[], 'io']);
    assert.deepEqual(readFileSync(segment), expected);
    assert.equal(readCatalog(project(1), ports()).backups.length, 2);
  });

  it('is replaced by a new one if it takes too long to read', async () => {
    const made = await backUp(4);
    await archiveDownTo(2);
    const [segment] = segments();
    let ms = 0;
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === segment) ms = 31_000;
    });
    const { problem } = await archiveDownTo(1, { ...ports(), files, system: { ...realSystem, monotonicMs: () => ms } });
    assert.equal(problem, undefined);
    assert.equal(segments().length, 2);
    assert.deepEqual(
      idsInHistory().reverse(),
      made.slice(0, 3).map(({ id }) => id),
    );
    const [newest] = listHistory(project(1), ports()).states;
    assert.ok(newest);
    const sha256 = createHash('sha256').update(readBackupImage(newest, ports())).digest('hex');
    assert.equal(sha256, made[2]?.metadata?.sha256);
  });

  describe('selection of a state', () => {
    const codeOf = (work: () => unknown): string => {
      try {
        work();
        return 'none';
      } catch (error) {
        return error instanceof BackupError ? error.code : String(error);
      }
    };

    it('by name finds one, several or none', async () => {
      const [oldest] = await backUp(3);
      await archiveDownTo(1);
      const select = (selector: string) => selectFromHistory(project(1), selector, ports());
      assert.equal(select(oldest?.id ?? '')?.id, oldest?.id);
      assert.equal(
        codeOf(() => select('features_')),
        'ambiguous-backup',
      );
      assert.equal(select('features_1_'), undefined);
      // It may have been in the unreadable part.
      writeFileSync(segments()[0] ?? '', 'no segment');
      assert.equal(
        codeOf(() => select('features_1_')),
        'backup-damaged',
      );
    });

    it('by time reports if the history could not be read completely', async () => {
      await backUp(3);
      await archiveDownTo(1);
      const at = new Date(nowMs);
      assert.equal(
        codeOf(() => findBackupAt(project(1), at, ports())),
        'none',
      );
      let ms = 0;
      const system = { ...realSystem, monotonicMs: () => (ms += 61_000) };
      assert.equal(
        codeOf(() => findBackupAt(project(1), at, { ...ports(), system })),
        'time-limit',
      );
    });
  });
});

/** So each state takes nearly as much as a full copy. */
const SCRAMBLE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS noise (content BLOB)')
c.execute('DELETE FROM noise')
c.execute('INSERT INTO noise VALUES (randomblob(300000))')
`;
