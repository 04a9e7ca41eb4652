import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { readBackupImage } from '../../../core/history/readBackupImage.js';
import type { Backup } from '../../../core/store/backup.js';
import {
  backUp,
  cleanUp,
  compare,
  deleteBackup,
  findBackup,
  pin,
  planCleanUp,
  restore,
  verify,
} from '../../../core/engine.js';
import { realPorts } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { readState } from '../../../extension/engine/states.js';
import { startFeatureWriter, type FeatureWriter } from '../../support/featureWriter.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const DAY_MS = 86_400_000;
const TRIGGER = { source: 'cli', reason: 'manual' } as const;

describe('compression', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let writer: FeatureWriter;
  let nowMs = 0;
  before(async () => {
    writer = await startFeatureWriter();
  });
  after(async () => {
    await writer.stop();
  });
  beforeEach(() => {
    nowMs = Date.UTC(2026, 0, 25, 12);
    copyFixture('1-after-bulk-create', folder.path);
  });

  const project = (afterDays = 7): Project => {
    const made = testProject(folder.path);
    return { ...made, configuration: { ...made.configuration, compression: { afterDays } } };
  };
  const options = () => ({ ports: { ...realPorts(), now: () => new Date(nowMs) } });
  const names = (): string[] => readdirSync(project().storePath).filter((name) => /\.db(\.gz)?$/.test(name));
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const writeAndBackUp = async (times: number): Promise<Backup[]> => {
    const made: Backup[] = [];
    for (let i = 0; i < times; i += 1) {
      nowMs += 60_000;
      await writer.write(project().databasePath);
      const outcome = await backUp(project(), TRIGGER, options());
      assert.ok(outcome.status === 'created');
      made.push(outcome.backup);
    }
    return made;
  };
  /** Backups made a minute apart, all compressed. */
  const compressed = async (times: number): Promise<Backup[]> => {
    const made = await writeAndBackUp(times);
    nowMs += 8 * DAY_MS;
    const outcome = await cleanUp(project(), options());
    assert.equal(outcome.problem, undefined);
    assert.equal(outcome.compressed.length, times);
    return made;
  };

  it('turns only backups older than configured into gzip that other programs can decompress', async () => {
    const made = await writeAndBackUp(3);
    nowMs += 6 * DAY_MS;
    const [young] = await writeAndBackUp(1);
    nowMs += DAY_MS;
    const planned = await planCleanUp(project(), options());
    assert.deepEqual(
      planned.compress.map(({ id }) => id),
      made.map(({ id }) => id),
    );
    assert.deepEqual(names().sort(), [...made, young].map((backup) => `${backup?.id ?? ''}.db`).sort());
    await cleanUp(project(), options());
    assert.deepEqual(names().sort(), [...made.map(({ id }) => `${id}.db.gz`), `${young?.id ?? ''}.db`].sort());
    for (const { id, metadata } of made) {
      const path = join(project().storePath, `${id}.db.gz`);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.ok(statSync(path).size < (metadata?.backupSizeBytes ?? 0) / 3);
      assert.equal(runPython(HASH_OF_GZIP, [path]).trim(), metadata?.sha256);
    }
  });

  it('does nothing if it is off', async () => {
    const made = await writeAndBackUp(2);
    nowMs += 400 * DAY_MS;
    await cleanUp(project(0), options());
    assert.deepEqual(names().sort(), made.map(({ id }) => `${id}.db`).sort());
  });

  it('compresses only the oldest backup after a new one', async () => {
    const made = await writeAndBackUp(3);
    nowMs += 8 * DAY_MS;
    for (const expected of [1, 2, 3, 3]) {
      await writeAndBackUp(1);
      assert.equal(names().filter((name) => name.endsWith('.gz')).length, expected);
      assert.ok(names().includes(`${made[Math.min(expected, 3) - 1]?.id ?? ''}.db.gz`));
    }
  });

  it('does not fail the backup if it fails, and reports the reason', async () => {
    await writeAndBackUp(1);
    nowMs += 8 * DAY_MS;
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path.endsWith('.db.gz')) throw systemError('ENOSPC');
    });
    await writer.write(project().databasePath);
    const outcome = await backUp(project(), TRIGGER, { ports: { ...options().ports, files } });
    assert.ok(outcome.status === 'created');
    assert.equal(outcome.pruneProblem?.code, 'disk-full');
  });

  it('preserves metadata, order, times and counts', async () => {
    await writeAndBackUp(4);
    const before = readCatalog(project(), realPorts()).backups;
    nowMs += 8 * DAY_MS;
    await cleanUp(project(), options());
    const now = readCatalog(project(), realPorts()).backups;
    const described = (backups: readonly Backup[]): unknown =>
      backups.map((backup) => ({ ...backup, path: '', compressed: true, sizeBytes: 0 }));
    assert.deepEqual(described(now), described(before));
    assert.ok(now.every((backup) => backup.compressed));
  });

  it('preserves the time of a backup with neither metadata nor a time in its name', async () => {
    const [made] = await writeAndBackUp(1);
    const path = join(project().storePath, 'features_mine.db');
    writeFileSync(path, readFileSync(made?.path ?? ''));
    const at = new Date(Date.UTC(2025, 5, 1));
    utimesSync(path, at, at);
    await cleanUp(project(), options());
    const backup = readCatalog(project(), realPorts()).backups.find(({ id }) => id === 'features_mine');
    assert.ok(backup?.compressed);
    assert.equal(backup.createdAt.getTime(), at.getTime());
  });

  it('skips backups that differ from their metadata', async () => {
    const [made] = await writeAndBackUp(2);
    const path = made?.path ?? '';
    writeFileSync(path, readFileSync(path).fill(9, 6000, 6010));
    nowMs += 8 * DAY_MS;
    const outcome = await cleanUp(project(), options());
    assert.equal(outcome.problem, undefined);
    assert.equal(outcome.compressed.length, 1);
    assert.ok(names().includes(`${made?.id ?? ''}.db`));
    assert.deepEqual(
      readdirSync(project().storePath).filter((name) => name.startsWith('.tmp')),
      [],
    );
  });

  it('replaces a compressed file that a crash left beside the plain one, whatever its content', async () => {
    const [made] = await writeAndBackUp(1);
    assert.ok(made);
    writeFileSync(`${made.path}.gz`, 'not a gzip file');
    assert.equal(readCatalog(project(), realPorts()).backups.length, 1);
    nowMs += 8 * DAY_MS;
    await cleanUp(project(), options());
    assert.deepEqual(names(), [`${made.id}.db.gz`]);
    assert.equal(runPython(HASH_OF_GZIP, [`${made.path}.gz`]).trim(), made.metadata?.sha256);
  });

  describe('does not affect', () => {
    it('the detection of the live state from a compressed newest backup', async () => {
      const [, newest] = await compressed(2);
      const again = await backUp(project(), TRIGGER, options());
      assert.ok(again.status === 'unchanged' && again.backup.id === newest?.id);
      // Other file times with the same content: now the checksum decides.
      const live = project().databasePath;
      writeFileSync(live, readFileSync(live));
      const unchanged = await backUp(project(), TRIGGER, options());
      assert.ok(unchanged.status === 'unchanged' && unchanged.backup.id === newest.id);
      assert.equal((await writeAndBackUp(1)).length, 1);
    });

    it('verify, restore, compare, pin, the views of the editor and delete', async () => {
      const [oldest] = await compressed(3);
      const id = oldest?.id ?? '';
      const outcomes = await verify(project(), undefined, options());
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, true, true],
      );
      assert.equal((await findBackup(project(), `${id}.db.gz`, options())).id, id);
      const { comparison } = await compare(project(), id, 'latest', options());
      assert.equal(comparison.changed.length, 1);
      assert.equal((await readState(folder.path, { kind: 'backup', id }, options())).length, 598);
      assert.equal((await pin(project(), id, options())).metadata?.pinned, true);
      await restore(project(), id, options());
      assert.equal(sha256(readFileSync(project().databasePath)), oldest?.metadata?.sha256);
      await deleteBackup(project(), id, { ...options(), force: true });
      assert.ok(readdirSync(project().storePath).every((name) => !name.startsWith(id)));
    });

    it('a caller that has listed the backup earlier', async () => {
      const [made] = await compressed(1);
      assert.ok(made?.compressed === false);
      assert.equal(sha256(readBackupImage(made, realPorts())), made.metadata?.sha256);
    });

    it('verify, which finds bit rot in a compressed backup', async () => {
      const [made] = await compressed(1);
      const path = `${made?.path ?? ''}.gz`;
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 16;
      writeFileSync(path, bytes);
      assert.equal((await verify(project(), 'latest', options()))[0]?.ok, false);
    });
  });
});

const HASH_OF_GZIP = `
import gzip, hashlib, sys
print(hashlib.sha256(gzip.open(sys.argv[1]).read()).hexdigest())
`;
