import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { realSystem } from '../../../core/system/ports.js';
import {
  runProgram,
  runProgramSync,
  type ProgramResult,
  type ProgramRun,
} from '../../../core/system/processes/runProgram.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const RUNNERS: Readonly<Record<string, (run: ProgramRun) => Promise<ProgramResult>>> = {
  'a program that is waited for': async (run) => await runProgram(run),
  'a program for which this process stands still': async (run) => await Promise.resolve(runProgramSync(run)),
};

/** Writes the id of a child of its own into `child`, and waits for that. */
const WITH_CHILD = 'sleep 60 & echo $! > child; wait';

describe('running a program', function () {
  const folder = useTemporaryFolder();
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  const shell = (script: string, more: Partial<ProgramRun> = {}): ProgramRun => ({
    program: '/bin/sh',
    args: ['-c', script],
    environment: { PATH: '/usr/bin:/bin' },
    folder: folder.path,
    limitMs: 10_000,
    ...more,
  });
  const failsWith = (code: BackupErrorCode, says: RegExp) => (error: unknown) =>
    error instanceof BackupError && error.code === code && says.test(error.message) && error.path !== undefined;
  const childOf = async (path = folder.join('child')): Promise<number> => {
    while (!existsSync(path) || readFileSync(path, 'utf8') === '') await pause(10);
    return Number(readFileSync(path, 'utf8'));
  };
  const assertTerminates = async (pid: number): Promise<void> => {
    const lateMs = Date.now() + 5000;
    while (realSystem.isRunning(pid) && !isUnreaped(pid)) {
      assert.ok(Date.now() < lateMs, `${String(pid)} is still there`);
      await pause(10);
    }
  };
  /** In a container without an init process, orphans are not reaped. */
  const isUnreaped = (pid: number): boolean => readFileSync(`/proc/${String(pid)}/stat`, 'latin1').includes(') Z ');

  for (const [what, run] of Object.entries(RUNNERS)) {
    describe(what, () => {
      it('returns its exact output, its errors and its exit code', async () => {
        const { code, output, errors } = await run(shell('printf "\\377\\000x"; echo no >&2; exit 3'));
        assert.deepEqual([code, [...output], errors], [3, [255, 0, 120], 'no\n']);
        assert.equal((await run(shell('kill -9 $$'))).code, null);
      });

      it('runs in its folder, with its input and only its own environment', async () => {
        mkdirSync(folder.join('inner'));
        const environment = { PATH: '/usr/bin:/bin', ONLY: 'this', NOT: undefined };
        const script = 'pwd; cat; env | grep -c ^HOME; echo $ONLY';
        const { output } = await run(shell(script, { folder: folder.join('inner'), input: 'ab\n', environment }));
        assert.equal(output.toString(), `${folder.join('inner')}\nab\n0\nthis\n`);
        assert.equal((await run(shell('cat'))).output.length, 0);
      });

      it('ends normally if it does not read its input', async () => {
        assert.equal((await run(shell('exit 3', { input: 'x'.repeat(2 ** 20) }))).code, 3);
      });

      it('is killed with its child processes after the time limit, even if it ignores signals', async () => {
        await assert.rejects(
          run(shell(`trap '' TERM INT HUP; ${WITH_CHILD}; sleep 60`, { limitMs: 500 })),
          failsWith('time-limit', /sh did not finish within 1 s$/),
        );
        await assertTerminates(await childOf());
      });

      it('is killed with its child processes after too much output', async () => {
        const script = 'sleep 60 & echo $! > child; while :; do echo 0123456789; done';
        await assert.rejects(
          run(shell(script, { maxOutputBytes: 100 })),
          failsWith('too-large', /printed too much output/),
        );
        await assertTerminates(await childOf());
        assert.equal((await run(shell('printf 0123456789', { maxOutputBytes: 10 }))).output.length, 10);
      });

      it('fails with the reason if it cannot be started', async () => {
        const missing = { ...shell(''), program: folder.join('none') };
        await assert.rejects(run(missing), failsWith('io', /Could not start .*none: .*ENOENT/));
        await assert.rejects(run({ ...missing, program: folder.path }), failsWith('io', /EACCES/));
        await assert.rejects(run(shell('a\0b')), failsWith('io', /Could not start/));
        await assert.rejects(run(shell(`: ${'x'.repeat(2 ** 22)}`)), failsWith('io', /E2BIG/));
      });

      it('returns the start and the end of long errors', async () => {
        const script = 'echo first >&2; head -c 1000000 /dev/zero >&2; echo last >&2';
        const { errors } = await run(shell(script));
        assert.ok(errors.length < 100_000);
        assert.deepEqual([errors.slice(0, 6), errors.slice(-5)], ['first\n', 'last\n']);
      });
    });
  }

  it('passes the output to a callback, and ends with the callback’s error', async () => {
    let text = '';
    const taken = await runProgram(shell('echo one; echo two'), (chunk) => (text += chunk.toString()));
    assert.deepEqual([text, taken.output.length], ['one\ntwo\n', 0]);
    const refusing = runProgram(shell(WITH_CHILD.replace('wait', 'echo; wait')), () => {
      throw new RangeError('not that');
    });
    await assert.rejects(refusing, RangeError);
    await assertTerminates(await childOf());
  });

  it('removes its listeners', async () => {
    const count = (): number =>
      ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].reduce((n, name) => n + process.listenerCount(name), 0);
    const before = count();
    const running = runProgram(shell('sleep 0.1'));
    assert.equal(count(), before + 4);
    await running;
    assert.equal(count(), before);
  });

  describe('when the waiting process ends', () => {
    const driver = useBundledScript('programDriver.ts');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      it(`ends too: ${signal}`, async () => {
        const path = folder.join('child');
        const { child, ended } = driver.start(`echo $$ > ${path}; exec sleep 60`);
        const pid = await childOf(path);
        child.kill(signal);
        assert.equal((await ended).signal, signal);
        await assertTerminates(pid);
      });
    }

    it('continues if it was started detached', async () => {
      const path = folder.join('child');
      const { code } = await driver.start(`echo $$ > ${path}; exec sleep 60`, 'start').ended;
      assert.equal(code, 0);
      const pid = await childOf(path);
      assert.ok(realSystem.isRunning(pid));
      process.kill(pid, 'SIGKILL');
    });
  });
});
