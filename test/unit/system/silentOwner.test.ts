import assert from 'node:assert/strict';
import nodeFileSystem, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { formatLockRecord, type LockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { ageRecordedSightings, lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const MINUTE_MS = 60_000;
const FUTURE = new Date('2099-01-01T00:00:00Z');
const LONG_AGO = new Date('2001-01-01T00:00:00Z');

describe('a lock whose owner cannot be checked', () => {
  const folder = useTemporaryFolder();
  const start = Date.now();
  const lockPath = (): string => folder.join('store', LOCK_NAME);
  const statePath = (): string => folder.join('state');
  const remembered = (): readonly string[] => readdirSync(folder.join('state', 'locks'));
  const after = (minutes: number, environment: Ports['environment'] = ownState()): Ports => ({
    ...realPorts(),
    now: () => new Date(start + minutes * MINUTE_MS),
    environment,
  });
  const ownState = (): Ports['environment'] => ({ FEATURE_BACKUPS_STATE: statePath() });
  const leaveLock = (time: Date, changes: Partial<LockRecord> = {}): void => {
    writeFileSync(lockPath(), formatLockRecord(lockRecord({ host: 'elsewhere', pid: 4_194_305, ...changes })));
    utimesSync(lockPath(), time, time);
  };
  const take = async (ports: Ports): Promise<string> => {
    try {
      return await withStoreLock(folder.join('store'), ports, () => 'taken', { timeoutMs: 0 });
    } catch (error) {
      return error instanceof BackupError ? `${error.code}: ${error.message} ${error.hint ?? ''}` : String(error);
    }
  };
  const BUSY = /^store-busy: .*process 4194305.*cannot be checked from here/;

  beforeEach(() => mkdirSync(folder.join('store')));

  for (const foreign of [{ host: 'elsewhere' }, { machine: 'another' }, { pidNamespace: 'pid:[1]' }]) {
    it(`is taken over ten minutes after it was first seen, whatever its time stamp: ${JSON.stringify(foreign)}`, async () => {
      for (const time of [FUTURE, LONG_AGO, new Date(start)]) {
        leaveLock(time, { host: hostname(), ...foreign });
        assert.match(await take(after(0)), BUSY);
        assert.match(await take(after(9.9)), BUSY);
        assert.equal(await take(after(10.1)), 'taken');
        assert.deepEqual(remembered(), []);
      }
    });
  }

  it('gets ten more minutes after each change of its time stamp, token or content', async () => {
    const record = lockRecord({ host: 'elsewhere', pid: 4_194_305 });
    leaveLock(FUTURE, record);
    assert.match(await take(after(0)), BUSY);
    leaveLock(LONG_AGO, record);
    assert.match(await take(after(9)), BUSY);
    leaveLock(LONG_AGO, { ...record, since: '2026-01-25T15:00:00.000Z' });
    assert.match(await take(after(18)), BUSY);
    leaveLock(LONG_AGO, lockRecord({ host: 'elsewhere', pid: 4_194_305 }));
    assert.match(await take(after(27)), BUSY);
    assert.match(await take(after(36)), BUSY);
    assert.equal(await take(after(37.1)), 'taken');
  });

  it('is kept while its owner refreshes it', async () => {
    const holder = { ...after(0), environment: ownState() };
    await withStoreLock(folder.join('store'), holder, async () => {
      // As another machine sees it.
      const seen = formatLockRecord({
        ...JSON.parse(readFileSync(lockPath(), 'utf8')),
        host: 'elsewhere',
      } as LockRecord);
      for (const minutes of [0, 8, 16, 24]) {
        writeFileSync(lockPath(), seen);
        utimesSync(lockPath(), new Date(start + minutes * MINUTE_MS), new Date(start + minutes * MINUTE_MS));
        assert.match(await take(after(minutes)), /^store-busy/);
      }
    });
  });

  it('is waited for if it is half written and dated in the future, with a hint about that', async () => {
    writeFileSync(lockPath(), '{"pid":');
    utimesSync(lockPath(), FUTURE, FUTURE);
    assert.match(await take(after(0)), /^store-busy: .*another process.*cannot be checked from here/);
    assert.equal(await take(after(1)), 'taken');
  });

  it('is counted from the start after the clock was set back', async () => {
    leaveLock(FUTURE);
    assert.match(await take(after(60)), BUSY);
    assert.match(await take(after(0)), BUSY);
    assert.match(await take(after(9.9)), BUSY);
    assert.equal(await take(after(10.1)), 'taken');
  });

  describe('between calls', () => {
    const driver = useBundledScript('tryLockDriver.ts');
    const takeInProcess = async (): Promise<string> => {
      const before = process.env.FEATURE_BACKUPS_STATE;
      process.env.FEATURE_BACKUPS_STATE = statePath();
      try {
        const { stdout, stderr } = await driver.start(folder.join('store')).ended;
        return stdout.trim() + stderr;
      } finally {
        process.env.FEATURE_BACKUPS_STATE = before;
      }
    };

    it('is recorded in the state folder until it is taken over', async () => {
      leaveLock(FUTURE);
      assert.equal(await takeInProcess(), 'store-busy');
      ageRecordedSightings(statePath(), 9 * MINUTE_MS);
      assert.equal(await takeInProcess(), 'store-busy');
      assert.equal(remembered().length, 1);
      ageRecordedSightings(statePath(), 2 * MINUTE_MS);
      assert.equal(await takeInProcess(), 'taken');
      assert.deepEqual(remembered(), []);
    });

    it('is counted from the start if its record is invalid', async () => {
      leaveLock(FUTURE);
      assert.equal(await takeInProcess(), 'store-busy');
      const [name = ''] = remembered();
      for (const content of ['', '[]', '{"seenAt":"never","fingerprint":1}', 'x'.repeat(100_000)]) {
        writeFileSync(folder.join('state', 'locks', name), content);
        assert.equal(await takeInProcess(), 'store-busy');
      }
      ageRecordedSightings(statePath(), 11 * MINUTE_MS);
      assert.equal(await takeInProcess(), 'taken');
    });
  });

  /** Records of other locks, the oldest last. */
  const leaveSightings = (count: number): readonly string[] => {
    mkdirSync(folder.join('state', 'locks'), { recursive: true });
    return Array.from({ length: count }, (_, index) => {
      const path = folder.join('state', 'locks', `${index}.json`);
      writeFileSync(path, '{}');
      utimesSync(path, LONG_AGO, new Date(LONG_AGO.getTime() - index * MINUTE_MS));
      return path;
    });
  };

  it('is recorded together with the ninety-nine newest others', async () => {
    const newest = leaveSightings(150).slice(0, 99);
    leaveLock(FUTURE);
    assert.match(await take(after(0)), BUSY);
    const [ours, ...more] = remembered().filter((name) => !newest.includes(folder.join('state', 'locks', name)));
    assert.match(ours ?? '', /^[0-9a-f]{32}\.json$/);
    assert.deepEqual([more, remembered().length], [[], 100]);
  });

  it('is recorded even if another process removes an old record at the same time', async () => {
    const paths = leaveSightings(150);
    const lstatSync = ((...args: Parameters<typeof nodeFileSystem.lstatSync>) => {
      if (args[0] === paths[7]) rmSync(paths[7], { force: true });
      return nodeFileSystem.lstatSync(...args);
    }) as typeof nodeFileSystem.lstatSync;
    leaveLock(LONG_AGO);
    assert.match(await take({ ...after(0), files: { ...nodeFileSystem, lstatSync } }), BUSY);
    assert.equal(remembered().length, 100);
  });

  for (const [what, environment] of [
    ['cannot be written', () => ({ FEATURE_BACKUPS_STATE: folder.join('file', 'state') })],
    ['is unknown', () => ({})],
  ] as const) {
    describe(`if the state folder ${what}`, () => {
      beforeEach(() => writeFileSync(folder.join('file'), ''));

      it('is taken over if its time stamp is older than ten minutes', async () => {
        leaveLock(new Date(Date.now() - 9 * MINUTE_MS));
        assert.match(await take(after(0, environment())), BUSY);
        leaveLock(new Date(Date.now() - 11 * MINUTE_MS));
        assert.equal(await take(after(0, environment())), 'taken');
      });

      it('is recorded beside the locks of other stores', async () => {
        mkdirSync(folder.join('other'));
        leaveLock(FUTURE);
        writeFileSync(folder.join('other', LOCK_NAME), readFileSync(lockPath()));
        utimesSync(folder.join('other', LOCK_NAME), FUTURE, FUTURE);
        assert.match(await take(after(0, environment())), BUSY);
        await assert.rejects(
          withStoreLock(folder.join('other'), after(1, environment()), () => undefined, { timeoutMs: 0 }),
          { code: 'store-busy' },
        );
        assert.equal(await take(after(10.1, environment())), 'taken');
      });

      it('is taken over ten minutes after this process first saw it when its time stamp lies in the future', async () => {
        leaveLock(FUTURE);
        assert.match(await take(after(0, environment())), BUSY);
        assert.match(await take(after(9.9, environment())), BUSY);
        assert.equal(await take(after(10.1, environment())), 'taken');
      });
    });
  }

  it('leaves nothing in the state folder if no process waited for it', async () => {
    assert.equal(await take(after(0)), 'taken');
    assert.equal(existsSync(statePath()), false);
  });
});
