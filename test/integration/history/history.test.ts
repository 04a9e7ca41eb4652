import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { cleanUp, planCleanUp } from '../../../core/retention/cleanUp.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { historySummary, listHistory } from '../../../core/history/listHistory.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import type { Backup } from '../../../core/store/backup.js';
import {
  backUp,
  compare,
  deleteBackup,
  findBackup,
  findBackupAt,
  pin,
  restore,
  unpin,
  verify,
} from '../../../core/engine.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { readDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const TRIGGER = { source: 'mcp', reason: 'before_mark_passing' } as const;

describe('history', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });

  let nowMs = Date.UTC(2026, 0, 25, 12);
  const ports = (): Ports => ({ ...realPorts(), now: () => new Date(nowMs) });
  const project = (maxBytes = 64 * 1024 * 1024, keepLast = 2): Project => {
    const made = testProject(folder.path, { keepLast, keepDaily: 0, keepWeekly: 0 });
    return { ...made, configuration: { ...made.configuration, history: { maxBytes } } };
  };
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  /** Every state ever backed up, by id. */
  const written = new Map<string, string>();
  const writeAndBackUp = async (times: number, of = project()): Promise<Backup[]> => {
    const made: Backup[] = [];
    for (let i = 0; i < times; i += 1) {
      nowMs += 60_000;
      await writer.write(of.databasePath);
      const outcome = await createBackup(of, TRIGGER, ports());
      assert.ok(outcome.status === 'created' && outcome.pruneProblem === undefined, JSON.stringify(outcome));
      written.set(outcome.backup.id, sha256(readFileSync(outcome.backup.path)));
      made.push(outcome.backup);
    }
    return made;
  };
  const history = (of = project()) => listHistory(of, ports());
  const segments = (): string[] =>
    readdirSync(project().storePath)
      .filter((name) => name.endsWith('.fbh'))
      .sort()
      .map((name) => join(project().storePath, name));
  const assertAllPresent = (of = project()): void => {
    const { states, problems } = history(of);
    assert.deepEqual(problems, []);
    for (const state of states) assert.equal(sha256(readBackupImage(state, ports())), written.get(state.id), state.id);
  };
  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    written.clear();
    copyFixture('2-after-200-passing', folder.path);
  });

  it('contains every state that retention removed, byte for byte, across several segments', async () => {
    const made = await writeAndBackUp(140);
    const { states, problems } = history();
    assert.deepEqual(problems, []);
    const expected = made.slice(0, -2).map(({ id }) => id);
    assert.deepEqual(states.map(({ id }) => id).reverse(), expected);
    assert.equal(segments().length, 2);
    assertAllPresent();
    for (const path of segments()) assert.equal(statSync(path).mode & 0o777, 0o600);
    const summary = historySummary(project(), ports());
    assert.equal(summary.stateCount, 138);
    assert.equal(summary.oldest?.getTime(), made[0]?.createdAt.getTime());
    assert.equal(
      summary.sizeBytes,
      segments().reduce((sum, path) => sum + statSync(path).size, 0),
    );
    assert.equal(readCatalog(project(), ports()).backups.length, 2);
  });

  it('preserves the metadata', async () => {
    const [made] = await writeAndBackUp(3);
    const [state] = history().states;
    assert.ok(made?.metadata && state?.metadata);
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(plain(state.metadata), plain({ ...made.metadata, state: undefined }));
    assert.deepEqual([state.counts, state.reason, state.createdAt], [made.counts, made.reason, made.createdAt]);
  });

  it('loses none of several states of one second, although their names are reused', async () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 6; i += 1) {
      await writer.write(project().databasePath);
      const outcome = await createBackup(project(undefined, 1), TRIGGER, ports());
      assert.ok(outcome.status === 'created');
      hashes.add(outcome.backup.metadata?.sha256 ?? '');
    }
    const { states } = history();
    const all = [...states, ...readCatalog(project(), ports()).backups];
    assert.equal(new Set(all.map(({ id }) => id)).size, 6);
    for (const { id } of all) assert.match(id, /^features_598_\d{8}-\d{6}(-\d+)?_before_mark_passing$/);
    assert.deepEqual(new Set(all.map((state) => sha256(readBackupImage(state, ports())))), hashes);
    for (const { id, metadata } of states) {
      assert.equal((await findBackup(project(), id, { ports: ports() })).metadata?.sha256, metadata?.sha256);
    }
  });

  it('takes far less space than plain copies', async () => {
    await writeAndBackUp(60);
    const { states, sizeBytes } = history();
    const [image] = states.map((state) => readBackupImage(state, ports()));
    assert.ok(image && sizeBytes < image.length, `${sizeBytes} bytes for ${states.length} states of ${image?.length}`);
  });

  it('archives images that grow and shrink', async () => {
    const small = project().databasePath;
    const made: Backup[] = [];
    for (const bytes of [0, 200_000, 0, 50_000, 400_000, 0]) {
      runPython(RESIZE, [small, bytes.toString()]);
      made.push(...(await writeAndBackUp(1)));
    }
    const sizes = history().states.map((state) => readBackupImage(state, ports()).length);
    assert.deepEqual(
      sizes.reverse(),
      made.slice(0, -2).map(({ sizeBytes }) => sizeBytes),
    );
    assert.ok(new Set(sizes).size > 2);
    assertAllPresent();
  });

  it('adds almost nothing for a state equal to the previous one', async () => {
    const [made] = await writeAndBackUp(1);
    assert.ok(made);
    const metadata = JSON.parse(readFileSync(made.path.replace(/\.db$/, '.json'), 'utf8')) as object;
    for (const [number, name] of ['features_598_20260101-000000_a', 'features_598_20260101-000001_b'].entries()) {
      const path = join(project().storePath, name);
      writeFileSync(`${path}.db`, readFileSync(made.path));
      const timestamp = `2026-01-01T00:00:0${number}Z`;
      writeFileSync(`${path}.json`, JSON.stringify({ ...metadata, timestamp, sequence: number }));
    }
    const { removed } = await cleanUp(project(undefined, 1), ports());
    assert.equal(removed.length, 2);
    const [again, first] = history().states;
    assert.ok(first && again && first.sizeBytes > 20_000 && again.sizeBytes < 1000, again?.sizeBytes.toString());
    assert.deepEqual(readBackupImage(again, ports()), readFileSync(made.path));
  });

  describe('size limit', () => {
    it('deletes the oldest segments but never the newest, and takes effect with the next state if reduced', async () => {
      const total = (): number => segments().reduce((sum, path) => sum + statSync(path).size, 0);
      await writeAndBackUp(3, project(4_000_000));
      const [first = ''] = segments();
      for (const maxBytes of [...Array<number>(20).fill(4_000_000), 3_400_000, 3_400_000]) {
        // So each state takes nearly as much as a full copy.
        runPython(SCRAMBLE, [project().databasePath]);
        await writeAndBackUp(1, project(maxBytes));
        assert.ok(total() <= maxBytes, `${total()} of ${maxBytes}`);
      }
      assert.ok(!existsSync(first));
      assert.ok(segments().length > 1);
      assert.ok(history().states.length > 3);
      assertAllPresent();
    });

    it('of 0 archives nothing, and pruned backups are deleted', async () => {
      await writeAndBackUp(4, project(0));
      assert.deepEqual(segments(), []);
      assert.equal(history(project(0)).states.length, 0);
    });

    it('deletes images larger than a quarter of it', async () => {
      await writeAndBackUp(4, project(1_000_000));
      assert.deepEqual(segments(), []);
    });
  });

  it('contains what a clean-up announces, even if some backups cannot be archived', async () => {
    const roomy = project(undefined, 10);
    const [bad, ...good] = await writeAndBackUp(4, roomy);
    const [newest] = [good.pop()];
    assert.ok(bad && newest);
    const metadata = join(project().storePath, `${bad.id}.json`);
    const json = JSON.parse(readFileSync(metadata, 'utf8')) as Record<string, unknown>;
    writeFileSync(metadata, JSON.stringify({ ...json, verified: { ...(json.verified as object), ok: false } }));
    const planned = await planCleanUp(project(undefined, 1), ports());
    assert.deepEqual(
      planned.archive.map(({ id }) => id).reverse(),
      good.map(({ id }) => id),
    );
    const { removed, problem } = await cleanUp(project(undefined, 1), ports());
    assert.equal(problem, undefined);
    assert.deepEqual(
      removed.map(({ id }) => id),
      [bad, ...good].map(({ id }) => id),
    );
    assert.deepEqual(
      history()
        .states.map(({ id }) => id)
        .reverse(),
      good.map(({ id }) => id),
    );
    assertAllPresent();
  });

  it('archives no backup that cannot be read at the moment', async () => {
    const [oldest, newest] = await writeAndBackUp(2);
    assert.ok(oldest && newest);
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === oldest.path) throw systemError('EIO');
    });
    const { removed, problem } = await cleanUp(project(undefined, 1), { ...ports(), files });
    assert.deepEqual([removed, problem?.code], [[], 'io']);
    assert.equal(readCatalog(project(), ports()).backups.length, 2);
    await cleanUp(project(undefined, 1), ports());
    assert.deepEqual(
      history().states.map(({ id }) => id),
      [oldest.id],
    );
    assertAllPresent();
  });

  describe('exclusions', () => {
    it('are backups that are known to be damaged or differ from their metadata', async () => {
      const [bad, changed] = await writeAndBackUp(2);
      assert.ok(bad && changed);
      const metadata = join(project().storePath, `${bad.id}.json`);
      const json = JSON.parse(readFileSync(metadata, 'utf8')) as Record<string, unknown>;
      writeFileSync(metadata, JSON.stringify({ ...json, verified: { ...(json.verified as object), ok: false } }));
      chmodSync(changed.path, 0o600);
      writeFileSync(changed.path, readFileSync(changed.path).fill(7, 5000, 5100));
      await writeAndBackUp(5);
      const ids = history().states.map(({ id }) => id);
      assert.ok(ids.length > 0 && !ids.includes(bad.id) && !ids.includes(changed.id));
      assertAllPresent();
    });
  });

  describe('continuation', () => {
    it('works if the base image is missing, belongs to another state, or is a link', async () => {
      const base = join(project().storePath, '.history-base');
      await writeAndBackUp(5);
      assert.ok(existsSync(base));
      unlinkSync(base);
      await writeAndBackUp(1);
      writeFileSync(base, 'nonsense');
      await writeAndBackUp(1);
      unlinkSync(base);
      symlinkSync(project().databasePath, base);
      await writeAndBackUp(2);
      assert.equal(segments().length, 1);
      assert.equal(history().states.length, 7);
      assertAllPresent();
    });

    it('begins a new segment, without a message, if the newest ends in an incomplete record', async () => {
      for (const torn of [1, 30, 70, 400]) {
        await writeAndBackUp(5);
        const newest = segments().at(-1) ?? '';
        const before = history().states.length;
        // As after a power failure: the length is right, the content is not.
        truncateSync(newest, statSync(newest).size + torn);
        assert.equal(history().states.length, before);
        await writeAndBackUp(1);
        assert.notEqual(segments().at(-1), newest);
        assert.equal(history().states.length, before + 1);
        assertAllPresent();
        assert.equal(historySummary(project(), ports()).stateCount, before + 1);
      }
    });

    it('begins a new segment if any bit of the newest is wrong, and loses nothing before that', async () => {
      await writeAndBackUp(12);
      const [path = ''] = segments();
      const bytes = readFileSync(path);
      const states = history().states;
      const starts = [...bytes.toString('latin1').matchAll(/FBR1/g)].map(({ index }) => index);
      assert.equal(starts.length, states.length);
      const third = starts[2] ?? 0;
      for (const at of [
        3,
        20,
        60,
        1000,
        bytes.length >> 1,
        third - 9,
        third + 9,
        bytes.length - 700,
        bytes.length - 60,
      ]) {
        const broken = Buffer.from(bytes);
        broken[at] = (broken[at] ?? 0) ^ 4;
        writeFileSync(path, broken);
        const read = states.map((state) => {
          try {
            return sha256(readBackupImage(state, ports())) === written.get(state.id) ? 'intact' : 'wrong';
          } catch (error) {
            const isReportedDamage =
              error instanceof BackupError && error.code === 'backup-damaged' && error.path === path;
            return isReportedDamage ? 'damaged' : String(error);
          }
        });
        // Newest first; each is rebuilt from the older ones, whose records precede its own.
        const damaged = states.length - Math.max(starts.filter((start) => start <= at).length - 1, 0);
        assert.deepEqual(
          read,
          states.map((_, index) => (index < damaged ? 'damaged' : 'intact')),
          `a bit at ${at}`,
        );
      }
      await writeAndBackUp(2);
      const [, second] = segments();
      assert.ok(second);
      const found = history().states.filter((state) => state.path === second);
      assert.equal(found.length, 2);
      for (const state of found) assert.equal(sha256(readBackupImage(state, ports())), written.get(state.id));
    });
  });

  it('names the damaged segment, and lists the states of the others', async () => {
    await writeAndBackUp(134);
    const [first = '', second = ''] = segments();
    const bytes = readFileSync(first);
    const marker = bytes.indexOf('FBR1', 2000);
    writeFileSync(first, bytes.fill(0, marker, marker + 4));
    const { states, problems } = history();
    assert.deepEqual(
      problems.map(({ path, code }) => [path, code]),
      [[first, 'backup-damaged']],
    );
    assert.equal(states.filter(({ path }) => path === second).length, 4);
    assert.equal(states.filter(({ path }) => path === first).length, 1);
    writeFileSync(first, 'no segment at all');
    assert.equal(history().states.length, 4);
    assert.equal(history().problems.length, 1);
  });

  it('keeps the backups if archiving fails, reports it, and has made the new backup', async () => {
    await writeAndBackUp(4);
    const { states } = history();
    const failing = Object.assign(
      { ...realPorts().files },
      {
        openSync: (path: string, flags: number, mode?: number) => {
          if (path.endsWith('.fbh') && typeof flags === 'number' && (flags & 2) === 2) {
            throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' });
          }
          return realPorts().files.openSync(path, flags, mode);
        },
      },
    );
    await writer.write(project().databasePath);
    nowMs += 60_000;
    const outcome = await createBackup(project(), TRIGGER, { ...ports(), files: failing });
    assert.ok(outcome.status === 'created');
    assert.equal(outcome.pruneProblem?.code, 'disk-full');
    assert.deepEqual(outcome.pruned, []);
    assert.equal(readCatalog(project(), ports()).backups.length, 3);
    assert.deepEqual(history().states, states);
    written.set(outcome.backup.id, sha256(readFileSync(outcome.backup.path)));
    await writeAndBackUp(1);
    assert.equal(readCatalog(project(), ports()).backups.length, 2);
    assert.equal(history().states.length, 4);
    assertAllPresent();
  });

  describe('operations of the engine', () => {
    const options = () => ({ ports: ports() });

    it('restore, compare and verify a state by its id or the beginning of it', async () => {
      const made = await writeAndBackUp(6);
      const [oldest] = made;
      assert.ok(oldest);
      const found = await findBackup(project(), oldest.id, options());
      assert.equal(found.history?.index, 0);
      assert.equal((await findBackup(project(), oldest.id.slice(0, -3), options())).id, oldest.id);
      await assert.rejects(findBackup(project(), 'features_598_', options()), { code: 'ambiguous-backup' });
      await assert.rejects(findBackup(project(), 'features_1_', options()), { code: 'backup-not-found' });

      const [outcome] = await verify(project(), oldest.id, options());
      assert.ok(outcome?.ok && outcome.recordProblem === undefined);
      const { comparison } = await compare(project(), oldest.id, 'live', options());
      assert.ok(comparison.changed.length > 0);

      const restored = await restore(project(), oldest.id, options());
      assert.equal(restored.status, 'restored');
      assert.equal(sha256(readFileSync(project().databasePath)), written.get(oldest.id));
      assert.equal(readDatabase(project().databasePath).integrity, 'ok');
      // The first backup after that contains the state again, under its own name.
      nowMs += 60_000;
      const again = await backUp(project(), TRIGGER, options());
      assert.ok(again.status === 'created' && again.backup.metadata?.sha256 === oldest.metadata?.sha256);
    });

    it('refuse a name that matches several states but no backup, and list them', async () => {
      await writeAndBackUp(15);
      const ids = history().states.map(({ id }) => id);
      assert.equal(ids.length, 13);
      // The oldest are from the first ten minutes; the backups are newer.
      const [common = ''] = /^features_598_\d{8}-\d{3}/.exec(ids.toSorted()[0] ?? '') ?? [];
      const named = ids.filter((id) => id.startsWith(common));
      assert.ok(named.length > 1 && named.length <= 10, common);
      assert.ok(readCatalog(project(), ports()).backups.every(({ id }) => !id.startsWith(common)));
      await assert.rejects(findBackup(project(), common, options()), (error) => {
        assert.ok(error instanceof BackupError && error.code === 'ambiguous-backup');
        const [first, ...lines] = error.message.split('\n');
        assert.equal(first, `${String(named.length)} backups begin with ${common}:`);
        assert.deepEqual(lines.map((line) => line.trim()).sort(), named.toSorted());
        return true;
      });
      await assert.rejects(restore(project(), common, options()), { code: 'ambiguous-backup' });
      // A full name is never ambiguous, nor is the unique beginning of one.
      for (const id of named) assert.equal((await findBackup(project(), id.slice(0, -2), options())).id, id);
    });

    it('find the newest state at a time, backup or history', async () => {
      const made = await writeAndBackUp(6);
      for (const { id, createdAt } of made) {
        assert.equal((await findBackupAt(project(), createdAt, options())).id, id);
        assert.equal((await findBackupAt(project(), new Date(createdAt.getTime() + 59_999), options())).id, id);
      }
      const before = new Date((made[0]?.createdAt.getTime() ?? 0) - 1);
      await assert.rejects(findBackupAt(project(), before, options()), { code: 'backup-not-found' });
    });

    it('refuse to pin, unpin or delete a state, and explain why', async () => {
      const [oldest] = await writeAndBackUp(4);
      const id = oldest?.id ?? '';
      for (const act of [pin, unpin, deleteBackup]) {
        await assert.rejects(act(project(), id, options()), (error: unknown) => {
          assert.ok(error instanceof BackupError && error.code === 'usage');
          assert.match(error.message, /in the history/);
          return true;
        });
      }
    });

    it('report the damaged segment when a state in it is restored', async () => {
      const made = await writeAndBackUp(6);
      const [path = ''] = segments();
      const bytes = readFileSync(path);
      bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const before = readFileSync(project().databasePath);
      await assert.rejects(restore(project(), made[3]?.id ?? '', options()), { code: 'backup-damaged', path });
      assert.deepEqual(readFileSync(project().databasePath), before);
      const [outcome] = await verify(project(), made[3]?.id ?? '', options());
      assert.equal(outcome?.ok, false);
      assert.ok((await verify(project(), made[2]?.id ?? '', options()))[0]?.ok);
    });
  });
});

const RESIZE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS ballast (content BLOB)')
c.execute('DELETE FROM ballast')
c.execute('INSERT INTO ballast VALUES (randomblob(?))', [int(sys.argv[2])])
c.execute('VACUUM')
`;

const SCRAMBLE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE TABLE IF NOT EXISTS noise (content BLOB)')
c.execute('DELETE FROM noise')
c.execute('INSERT INTO noise VALUES (randomblob(300000))')
`;
