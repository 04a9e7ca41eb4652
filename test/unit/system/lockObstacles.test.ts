import assert from 'node:assert/strict';
import nodeFileSystem, {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { entryIdentity } from '../../../core/system/files/moveAside.js';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { isLockFile, sweepLockFiles } from '../../../core/system/locks/sweepLock.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { interruptedAt, lockRecord } from '../../support/lockFiles.js';
import { makeSocket, OBSTACLES } from '../../support/blockers.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('an obstacle in the place of a lock file', () => {
  const folder = useTemporaryFolder();
  const warnings: string[] = [];
  const ports: Ports = { ...realPorts(), onWarning: (warning) => warnings.push(warning) };
  const lockPath = (): string => folder.join(LOCK_NAME);
  const asides = (): readonly string[] => readdirSync(folder.path).filter((name) => name.startsWith('.lock-aside-'));
  const leaveLock = (name: string, token: string): void => {
    writeFileSync(folder.join(name), formatLockRecord(lockRecord({ token, startTime: '1' })));
  };
  const take = async (withPorts: Ports = ports, timeoutMs = 300): Promise<string> =>
    await withStoreLock(
      folder.path,
      withPorts,
      (lock) => {
        lock.assertHeld();
        return 'taken';
      },
      { timeoutMs },
    );
  const assertMovedAside = (name: string): void => {
    const [aside = 'nothing', ...others] = asides();
    assert.deepEqual(others, []);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.ok(warnings[0]?.includes(folder.join(name)) && warnings[0].includes(folder.join(aside)), warnings[0]);
    assert.ok(isLockFile(aside));
  };

  beforeEach(() => warnings.splice(0));

  for (const [what, make] of Object.entries(OBSTACLES)) {
    it(`is moved aside at once with a notice: ${what}`, async () => {
      make(lockPath());
      const { ino } = lstatSync(lockPath());
      assert.equal(await take(ports, 0), 'taken');
      assertMovedAside(LOCK_NAME);
      assert.equal(lstatSync(folder.join(asides()[0] ?? '')).ino, ino);
      assert.equal(await take(ports, 0), 'taken');
      assert.equal(warnings.length, 1);
    });
  }

  it('is moved aside with a folder’s content, without changing the target of a link', async () => {
    OBSTACLES['a folder with files in it']?.(lockPath());
    await take();
    assert.equal(readFileSync(folder.join(asides()[0] ?? '', 'precious'), 'utf8'), 'precious');
    rmSync(folder.join(asides()[0] ?? ''), { recursive: true });
    writeFileSync(folder.join('target'), 'target');
    const { ino, mtimeMs } = statSync(folder.join('target'));
    symlinkSync(folder.join('target'), lockPath());
    await take();
    assert.equal(readFileSync(folder.join('target'), 'utf8'), 'target');
    const after = statSync(folder.join('target'));
    assert.deepEqual([after.ino, after.mtimeMs], [ino, mtimeMs]);
  });

  it('is moved aside at once with a notice: a socket', async () => {
    const close = await makeSocket(lockPath());
    try {
      assert.equal(await take(ports, 0), 'taken');
      assertMovedAside(LOCK_NAME);
    } finally {
      await close();
    }
  });

  it('is moved aside if it is another program’s file, after the time limit for writing a lock', async () => {
    writeFileSync(lockPath(), 'somebody’s notes');
    await assert.rejects(take(), isBusy);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(lockPath(), longAgo, longAgo);
    assert.equal(await take(), 'taken');
    assertMovedAside(LOCK_NAME);
    assert.equal(readFileSync(folder.join(asides()[0] ?? ''), 'utf8'), 'somebody’s notes');
  });

  it('is replaced without a warning if it is a half-written lock file', async () => {
    const longAgo = new Date(Date.now() - 60_000);
    for (const beginning of ['', '{"pid":', JSON.stringify(lockRecord()).slice(0, 50), '\0'.repeat(200)]) {
      writeFileSync(lockPath(), beginning);
      utimesSync(lockPath(), longAgo, longAgo);
      assert.equal(await take(), 'taken');
    }
    assert.deepEqual([asides(), warnings], [[], []]);
  });

  it('is replaced while a process waits, as soon as it is old enough', async () => {
    writeFileSync(lockPath(), '{"pid":');
    const soonStale = new Date(Date.now() - 9_500);
    utimesSync(lockPath(), soonStale, soonStale);
    assert.equal(await take(ports, 15_000), 'taken');
  });

  it('counts as a half-written lock if it is dated in the future', async () => {
    const future = new Date('2099-01-01T00:00:00Z');
    writeFileSync(lockPath(), '{"pid":');
    utimesSync(lockPath(), future, future);
    await assert.rejects(take(), isBusy);
    const later = { ...ports, now: () => new Date(Date.now() + 11_000) };
    assert.equal(await take(later), 'taken');
  });

  for (const [what, make] of Object.entries(OBSTACLES)) {
    it(`does not block a takeover: ${what}`, async () => {
      const token = uniqueToken();
      leaveLock(LOCK_NAME, token);
      make(folder.join(`.lock-over-${token}`));
      assert.equal(await take(), 'taken');
      assertMovedAside(`.lock-over-${token}`);
    });
  }

  it('does not block if the names of takeover rights were planted', async () => {
    mkdirSync(lockPath());
    mkdirSync(folder.join('.lock-over-unreadable'));
    assert.equal(await take(), 'taken');
    assertMovedAside(LOCK_NAME);
  });

  it('does not block if it is an endless chain of dead takeovers', async () => {
    const tokens = Array.from({ length: 50 }, () => uniqueToken());
    leaveLock(LOCK_NAME, tokens[0] ?? '');
    for (const [index, token] of tokens.entries()) leaveLock(`.lock-over-${token}`, tokens[index + 1] ?? token);
    assert.equal(await take(), 'taken');
    assert.equal(asides().length, 1);
  });

  it('blocks with the usual error if links under every name that could free it lead back to it', async () => {
    const token = uniqueToken();
    leaveLock(LOCK_NAME, token);
    for (const name of [token, entryIdentity(lstatSync(lockPath()))]) {
      linkSync(lockPath(), folder.join(`.lock-over-${name}`));
    }
    const before = readdirSync(folder.path);
    await assert.rejects(take(ports, 0), { name: 'BackupError', code: 'store-busy' });
    assert.deepEqual([readdirSync(folder.path), warnings], [before, []]);
  });

  it('does not prevent the sweep of leftovers of dead takeovers', async () => {
    mkdirSync(folder.join('.lock-new-planted'));
    mkdirSync(folder.join('.lock-over-planted'));
    leaveLock('.lock-over-1-a-b', uniqueToken());
    sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
    assert.equal(await take(), 'taken');
    assert.deepEqual(readdirSync(folder.path).sort(), ['.lock-new-planted', '.lock-over-planted']);
  });

  it('is not swept unless its name is that of a lock’s file', () => {
    for (const name of ['.lock-new-notes.txt', '.lock-over-here', '.lock-new-1-a-b', '.lock-over-unreadable'])
      writeFileSync(folder.join(name), 'mine');
    sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
    assert.deepEqual(readdirSync(folder.path).sort(), ['.lock-new-notes.txt', '.lock-over-here']);
  });

  it('is moved aside without hard links', async () => {
    const linkSync = (): never => {
      throw Object.assign(new Error('EPERM: injected'), { code: 'EPERM' });
    };
    mkdirSync(lockPath());
    assert.equal(await take({ ...ports, files: { ...nodeFileSystem, linkSync } }), 'taken');
    assertMovedAside(LOCK_NAME);
  });

  it('is moved aside without a new lock, at every interleaving with a faster process', async () => {
    const steps = new Set<string>();
    const movedLocks: number[] = [];
    for (let at = 1; ; at += 1) {
      mkdirSync(lockPath());
      const inside: string[] = [];
      let leave = (): void => assert.fail('the faster one was never in');
      const stay = new Promise<void>((resolve) => (leave = resolve));
      let faster: Promise<void> | undefined;
      const files = interruptedAt(at, (step) => {
        steps.add(step);
        faster = withStoreLock(folder.path, ports, async (lock) => {
          inside.push('faster');
          await stay;
          lock.assertHeld();
          inside.splice(inside.indexOf('faster'), 1);
        });
      });
      const renameSync: typeof files.renameSync = (from, to) => {
        files.renameSync(from, to);
        if (from === lockPath() && lstatSync(to).isFile()) movedLocks.push(at);
      };
      const watched = { ...ports, files: { ...files, renameSync } };
      const slower = withStoreLock(folder.path, watched, () => assert.deepEqual(inside, []), {
        timeoutMs: 300,
      }).catch((error: unknown) => assert.ok(isBusy(error), String(error)));
      await slower;
      if (faster === undefined) break;
      leave();
      await faster;
      sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
      const [aside = 'nothing', ...others] = readdirSync(folder.path);
      assert.deepEqual([statSync(folder.join(aside)).isDirectory(), others], [true, []], `interrupted at ${at}`);
      rmSync(folder.join(aside), { recursive: true });
    }
    assert.ok(steps.has('renameSync') && steps.size === 3, [...steps].join());
    assert.deepEqual(movedLocks, []);
  });

  it('is restored if a lock got its name at the last moment', async () => {
    mkdirSync(lockPath());
    const holder = formatLockRecord(lockRecord());
    let isFirst = true;
    const files: Ports['files'] = {
      ...nodeFileSystem,
      renameSync: (from, to) => {
        if (isFirst) {
          isFirst = false;
          rmSync(lockPath(), { recursive: true });
          writeFileSync(lockPath(), holder);
        }
        nodeFileSystem.renameSync(from, to);
      },
    };
    await assert.rejects(take({ ...ports, files }), isBusy);
    assert.equal(isFirst, false);
    assert.deepEqual(readFileSync(lockPath()), holder);
    assert.deepEqual([asides(), warnings], [[], []]);
  });

  describe('repeatedly, while processes work under the lock', () => {
    const driver = useBundledScript('lockDriver.ts');

    it('never allows two holders at once, and loses nothing', async function () {
      this.timeout(60_000);
      writeFileSync(folder.join('counter'), '0');
      writeFileSync(folder.join('inside'), '0');
      const runs = Array.from({ length: 4 }, () => driver.start(folder.path));
      // Created in one step, so each one exists completely or not at all.
      const creators = ['a folder', 'a link that leads nowhere', 'a pipe'].map((what) => OBSTACLES[what]);
      let planted = 0;
      for (let i = 0; i < 3000 && planted < 40; i += 1) {
        try {
          creators[planted % creators.length]?.(lockPath());
          planted += 1;
        } catch {
          // Another process has the lock.
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      // No limit besides mocha's: a slow machine takes longer to move the last one aside.
      while (asides().length < planted) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const { child } of runs) child.kill('SIGKILL');
      const ends = await Promise.all(runs.map(async ({ ended }) => await ended));
      assert.deepEqual(
        ends.map(({ signal, stderr }) => [signal, stderr]),
        ends.map(() => ['SIGKILL', '']),
      );
      assert.ok(planted >= 10, `only ${planted} planted`);
      assert.ok(!existsSync(folder.join('violations')), 'two held the lock at once');
      assert.equal(asides().length, planted);
      const history = readFileSync(folder.join('history'), 'utf8').trim().split('\n').map(Number);
      assert.deepEqual(
        history,
        history.map((_, index) => index + 1),
      );
    });
  });
});

function isBusy(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'store-busy';
}
