import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import nodeFileSystem, {
  existsSync,
  linkSync,
  type PathLike,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { formatLockRecord, type LockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { sweepLockFiles } from '../../../core/system/locks/sweepLock.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { interruptedAt, lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { withZombieProcess } from '../../support/zombieProcess.js';

describe('the lock of a store', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  const quickly = { timeoutMs: 300 };

  const leaveLock = (changes: Partial<LockRecord>, name = LOCK_NAME): void => {
    writeFileSync(folder.join(name), formatLockRecord(lockRecord(changes)));
  };
  const assertTaken = async (withPorts: Ports = ports): Promise<void> => {
    let ran = false;
    await withStoreLock(
      folder.path,
      withPorts,
      (lock) => {
        lock.assertHeld();
        ran = true;
      },
      quickly,
    );
    assert.ok(ran);
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name === LOCK_NAME || name.startsWith('.lock-new-')),
      [],
    );
  };
  const assertBusy = async (naming: RegExp): Promise<void> => {
    await assert.rejects(
      withStoreLock(folder.path, ports, () => assert.fail('it was held by another'), quickly),
      (error: unknown) => error instanceof BackupError && error.code === 'store-busy' && naming.test(error.message),
    );
  };

  it('leaves no file, whether the work succeeds or throws', async () => {
    await assertTaken();
    const failing = withStoreLock(folder.path, ports, () => {
      throw new Error('the work failed');
    });
    await assert.rejects(failing, /the work failed/);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('makes two holders in one process wait for each other', async () => {
    const events: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      events.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      events.push(`${name} out`);
    };
    await Promise.all([withStoreLock(folder.path, ports, work('a')), withStoreLock(folder.path, ports, work('b'))]);
    assert.ok(events[0]?.[0] === events[1]?.[0], events.join());
  });

  it('waits for a live owner, then names it', async () => {
    const sleeper = spawn('sleep', ['60']);
    try {
      const startTime = startTimeOf(sleeper.pid);
      leaveLock({ pid: sleeper.pid ?? 0, startTime });
      await assertBusy(new RegExp(`process ${String(sleeper.pid)} on ${hostname()}`));
    } finally {
      sleeper.kill('SIGKILL');
      await once(sleeper, 'exit');
    }
    await assertTaken();
  });

  it('checks again after a random time of at most 40 milliseconds, and sooner at first', async () => {
    const pauses: number[] = [];
    let nowMs = 0;
    const system = {
      ...realSystem,
      random: () => 1,
      monotonicMs: () => nowMs,
      pause: async (ms: number) => {
        pauses.push(ms);
        nowMs += ms;
        await Promise.resolve();
      },
    };
    await withStoreLock(folder.path, ports, async () => {
      const waiting = withStoreLock(folder.path, { ...ports, system }, () => undefined, { timeoutMs: 150 });
      await assert.rejects(waiting, {
        code: 'store-busy',
        message: /waited 0\.15 s$/,
        hint: /Try again when that process is done/,
      });
    });
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 40, 40, 40]);
  });

  it('takes over from a reused process id', async () => {
    leaveLock({ pid: process.pid, startTime: '1' });
    await assertTaken();
  });

  it('takes over from before the last boot', async () => {
    leaveLock({ bootId: 'another boot' });
    await assertTaken();
  });

  it('takes over from a zombie', async function () {
    if (process.platform !== 'linux') this.skip();
    await withZombieProcess(async (pid) => {
      leaveLock({ pid, startTime: startTimeOf(pid) });
      await assertTaken();
    });
  });

  it('waits a limited time for a half-written lock file', async () => {
    writeFileSync(folder.join(LOCK_NAME), '{"pid":');
    await assertBusy(/another process/);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(folder.join(LOCK_NAME), longAgo, longAgo);
    await assertTaken();
  });

  it('continues after several processes died during a takeover', async () => {
    const [first, second, third] = [uniqueToken(), uniqueToken(), uniqueToken()];
    leaveLock({ token: first, startTime: '1' });
    leaveLock({ token: second, startTime: '1' }, `.lock-over-${first}`);
    leaveLock({ token: third, startTime: '1' }, `.lock-over-${second}`);
    await assertTaken();
    sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('lets only one of two processes take over, at every interleaving', async () => {
    const steps = new Set<string>();
    for (let at = 1; ; at += 1) {
      leaveLock({ startTime: '1' });
      const inside: string[] = [];
      let leave = (): void => assert.fail('the faster one was never in');
      const stay = new Promise<void>((resolve) => (leave = resolve));
      let faster: Promise<void> | undefined;
      const files = interruptedAt(at, (step) => {
        steps.add(step);
        faster = withStoreLock(folder.path, ports, async () => {
          inside.push('faster');
          await stay;
          inside.splice(inside.indexOf('faster'), 1);
        });
      });
      const slower = withStoreLock(folder.path, { ...ports, files }, () => assert.deepEqual(inside, []), quickly).catch(
        (error: unknown) => assert.ok(error instanceof BackupError && error.code === 'store-busy', String(error)),
      );
      await slower;
      if (faster === undefined) break;
      leave();
      await faster;
      sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
      assert.deepEqual(readdirSync(folder.path), [], `interrupted at change ${at}`);
    }
    // The lock file, the takeover file, and the replacement.
    assert.ok(steps.has('linkSync') && steps.has('renameSync'), [...steps].join());
  });

  it('is not blocked by lock files that form a cycle', async () => {
    const token = uniqueToken();
    leaveLock({ token, startTime: '1' });
    linkSync(folder.join(LOCK_NAME), folder.join(`.lock-over-${token}`));
    await assertTaken();
  });

  it('refuses a record whose token is a path out of the folder', async () => {
    leaveLock({ token: '../../outside', startTime: '1' });
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(folder.join(LOCK_NAME), longAgo, longAgo);
    const touched: string[] = [];
    const touching = (path: PathLike): void => {
      touched.push(String(path));
    };
    const files: FileSystem = {
      ...nodeFileSystem,
      linkSync: (from, to) => {
        touching(to);
        nodeFileSystem.linkSync(from, to);
      },
      renameSync: (from, to) => {
        touching(from);
        touching(to);
        nodeFileSystem.renameSync(from, to);
      },
      unlinkSync: (path) => {
        touching(path);
        nodeFileSystem.unlinkSync(path);
      },
    };
    await assertTaken({ ...ports, files });
    // The right to take over a lock is a file whose name ends with the token of that lock.
    assert.ok(touched.length > 2);
    assert.deepEqual(
      touched.filter((path) => !/^\.lock(?:-[\w-]+)?$/.test(relative(folder.path, path))),
      [],
    );
  });

  it('detects before publishing that its lock was taken over', async () => {
    const other = formatLockRecord(lockRecord());
    const work = withStoreLock(folder.path, ports, (lock) => {
      writeFileSync(folder.join('other'), other);
      renameSync(folder.join('other'), folder.join(LOCK_NAME));
      lock.assertHeld();
    });
    await assert.rejects(work, (error: unknown) => error instanceof BackupError && error.code === 'store-busy');
    assert.deepEqual(readFileSync(folder.join(LOCK_NAME)), other);
  });

  it('fails with a known error if it cannot check whether it still holds its lock', async () => {
    const openSync: typeof nodeFileSystem.openSync = (path, flags, mode) => {
      if (path === folder.join(LOCK_NAME)) throw Object.assign(new Error('EACCES: injected'), { code: 'EACCES' });
      return nodeFileSystem.openSync(path, flags, mode);
    };
    const work = withStoreLock(folder.path, { ...ports, files: { ...nodeFileSystem, openSync } }, (lock) => {
      lock.assertHeld();
    });
    await assert.rejects(work, { name: 'BackupError', code: 'permission-denied' });
    await assertTaken();
  });

  it('is refreshed every 30 seconds when it is checked: rewritten and synced, with the time of the disk', async () => {
    const synced: number[] = [];
    const files: FileSystem = {
      ...nodeFileSystem,
      fsyncSync: (descriptor) => {
        synced.push(nodeFileSystem.fstatSync(descriptor).ino);
        nodeFileSystem.fsyncSync(descriptor);
      },
    };
    const path = folder.join(LOCK_NAME);
    const longAgo = new Date('2026-01-25T14:46:00Z');
    await withStoreLock(folder.path, { ...ports, files }, (lock) => {
      const content = readFileSync(path);
      const isTouchedAfter = (seconds: number): boolean => {
        utimesSync(path, longAgo, longAgo);
        synced.length = 0;
        atTime(seconds, () => {
          lock.assertHeld();
        });
        const isTouched = statSync(path).mtimeMs > longAgo.getTime();
        assert.deepEqual(synced, isTouched ? [statSync(path).ino] : []);
        return isTouched;
      };
      assert.deepEqual([29, 31, 59, 62, 63].map(isTouchedAfter), [false, true, false, true, false]);
      assert.deepEqual(readFileSync(path), content);
    });
  });

  it('works without hard links', async () => {
    const linkSyncFails: typeof linkSync = () => {
      throw Object.assign(new Error('EPERM: injected'), { code: 'EPERM' });
    };
    const noLinks = { ...ports, files: { ...nodeFileSystem, linkSync: linkSyncFails } };
    await assertTaken(noLinks);
    leaveLock({ startTime: '1' });
    await assertTaken(noLinks);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('does not block others if its lock file cannot be deleted, although its process is running', async () => {
    let failures = 0;
    const undeletable: Ports = {
      ...ports,
      files: {
        ...nodeFileSystem,
        unlinkSync: (path) => {
          failures += 1;
          throw Object.assign(new Error(`EIO: injected, ${String(path)}`), { code: 'EIO' });
        },
      },
    };
    assert.equal(await withStoreLock(folder.path, undeletable, () => 'done'), 'done');
    assert.ok(failures > 0 && existsSync(folder.join(LOCK_NAME)));
    sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
    await assertTaken();
  });

  it('writes its waiting record again if it was swept', async () => {
    let sweeps = 0;
    const sweeping: Ports = {
      ...ports,
      files: {
        ...nodeFileSystem,
        linkSync: (from, to) => {
          if (sweeps++ === 0) nodeFileSystem.unlinkSync(from);
          nodeFileSystem.linkSync(from, to);
        },
      },
    };
    await assertTaken(sweeping);
    assert.equal(sweeps, 2);
  });

  describe('between processes that are killed', () => {
    const driver = useBundledScript('lockDriver.ts');

    it('is never held twice at once, and never blocks forever', async function () {
      this.timeout(60_000);
      writeFileSync(folder.join('counter'), '0');
      writeFileSync(folder.join('inside'), '0');
      const running = new Set<ReturnType<typeof driver.start>>();
      const errors: string[] = [];
      const start = (): void => {
        const run = driver.start(folder.path);
        running.add(run);
        void run.ended.then(({ signal, stderr }) => {
          running.delete(run);
          if (signal !== 'SIGKILL') errors.push(stderr);
        });
      };
      const killOne = (): void => {
        const victims = [...running];
        victims[Math.floor(Math.random() * victims.length)]?.child.kill('SIGKILL');
      };

      for (let i = 0; i < 6; i += 1) start();
      for (let kills = 0; kills < KILLS; kills += 1) {
        await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 160));
        killOne();
        start();
      }
      // No limit besides mocha's, because a slow machine takes longer.
      const turns = (): number => readFileSync(folder.join('history'), 'utf8').trim().split('\n').length;
      const enough = Math.max(turns(), 50) + 20;
      while (turns() < enough) await new Promise((resolve) => setTimeout(resolve, 50));
      const ends = [...running].map((run) => run.ended);
      for (const run of running) run.child.kill('SIGKILL');
      await Promise.all(ends);

      assert.deepEqual(errors, []);
      assert.ok(!existsSync(folder.join('violations')), 'two held the lock at once');
      assertCountsUp(readFileSync(join(folder.path, 'history'), 'utf8').trim().split('\n').map(Number), KILLS);
      sweepLockFiles(folder.path, readdirSync(folder.path), nodeFileSystem);
      await assertTaken();
    });
  });
});

/** Runs `work` as if this many seconds had passed on the monotonic clock. */
function atTime(seconds: number, work: () => void): void {
  const { hrtime } = process;
  const later = (): [number, number] => {
    const [now, nanoseconds] = hrtime();
    return [now + seconds, nanoseconds];
  };
  process.hrtime = Object.assign(later, { bigint: () => hrtime.bigint() });
  try {
    work();
  } finally {
    process.hrtime = hrtime;
  }
}

const KILLS = 20;

/** A process that died between its two writes leaves out one number; a lost update would show as a step back. */
function assertCountsUp(history: readonly number[], killed: number): void {
  assert.ok(history.length > 50, `only ${history.length} turns`);
  for (const [index, count] of history.entries()) {
    const previous = history[index - 1] ?? 0;
    assert.ok(count > previous, `turn ${index}: ${count} after ${previous}`);
  }
  assert.ok(
    (history.at(-1) ?? 0) <= history.length + killed,
    `${String(history.at(-1))} after ${history.length} turns`,
  );
}

function startTimeOf(pid: number | undefined): string {
  const status = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
