import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatLockRecord, type LockRecord } from '../../../core/system/locks/lockRecord.js';
import { livenessOf, ownIdentity } from '../../../core/system/processes/processIdentity.js';
import { realPorts } from '../../../core/system/ports.js';
import { copyFixture } from '../../support/fixtureProject.js';
import { ageRecordedSightings, lockRecord } from '../../support/lockFiles.js';
import { OBSTACLES } from '../../support/blockers.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { runOnTerminal } from '../../support/terminal.js';

const FUTURE = new Date('2099-01-01T00:00:00Z');
const ELSEWHERE = { host: 'elsewhere', pid: 4_194_305 };

describe('locks of other processes, on a real project', function () {
  this.timeout(90_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop front'));
    mkdirSync(store());
  });

  const state = () => folder.join('state');
  const cliOptions = () => ({ cwd: project, env: { FEATURE_BACKUPS_STATE: state() } });
  const run = async (...args: string[]) => await runCli(args, cliOptions());
  const json = async (...args: string[]) => await runCliJson(args, cliOptions());
  const store = (...names: string[]) => join(project, '.feature_backups', ...names);
  const leaveLock = (changes: Partial<LockRecord>, ...names: string[]): void => {
    writeFileSync(store(...names, '.lock'), formatLockRecord(lockRecord(changes)));
  };
  const asides = (...names: string[]) => readdirSync(store(...names)).filter((name) => name.startsWith('.lock-aside-'));

  for (const [what, make] of Object.entries(OBSTACLES)) {
    it(`backup moves ${what} in place of the lock aside, and warns once`, async () => {
      make(store('.lock'));
      const { ino } = lstatSync(store('.lock'));
      const first = await run('backup');
      assert.equal(first.code, 0, first.stderr);
      const [aside = 'nothing', ...others] = asides();
      assert.deepEqual(others, []);
      assert.equal(lstatSync(store(aside)).ino, ino);
      assert.deepEqual(first.stderr.match(/warning/g), ['warning']);
      assert.ok(first.stderr.includes(store('.lock')) && first.stderr.includes(store(aside)), first.stderr);
      assert.ok(existsSync(store('.gitignore')));
      const second = await run('backup');
      assert.deepEqual([second.code, second.stderr], [0, '']);
    });
  }

  it('backup waits for a lock of another host dated in the future, mentions unlock, and takes over after ten minutes', async () => {
    leaveLock(ELSEWHERE);
    utimesSync(store('.lock'), FUTURE, FUTURE);
    const first = await run('backup');
    assert.equal(first.code, 6);
    assert.match(first.stderr, /process 4194305 on elsewhere.*\n.*ten minutes.*\n.*feature-backups unlock/s);
    ageRecordedSightings(state(), 10 * 60_000);
    assert.equal((await run('backup')).code, 0);
    assert.equal(existsSync(store('.lock')), false);
  });

  it('backup takes over another user’s unreadable lock after ten minutes', function () {
    if (!canRunAsOtherUser()) this.skip();
    const otherState = folder.join('other state');
    mkdirSync(otherState);
    leaveLock({ startTime: '1' });
    utimesSync(store('.lock'), FUTURE, FUTURE);
    giveToOtherUser(folder.path);
    chownSync(store('.lock'), 0, 0);
    chmodSync(store('.lock'), 0o600);
    const asOther = () => runCliAsOtherUser(['backup'], { cwd: project, env: { FEATURE_BACKUPS_STATE: otherState } });
    const first = asOther();
    assert.equal(first.code, 6, first.stderr);
    ageRecordedSightings(otherState, 10 * 60_000);
    const second = asOther();
    assert.equal(second.code, 0, second.stderr);
  });

  describe('unlock', () => {
    it('reports that there are no locks', async () => {
      const { code, stdout } = await run('unlock');
      assert.deepEqual([code, stdout], [0, 'No locks.\n']);
      const { document } = await json('unlock', '--yes');
      assert.deepEqual(document, { status: 'no-locks', locks: [] });
    });

    it('shows who holds a lock, and removes it after confirmation', async () => {
      leaveLock(ELSEWHERE);
      const asked = await run('unlock');
      assert.equal(asked.code, 5);
      assert.match(
        asked.stdout,
        /^store: process 4194305 on elsewhere, since 2026-01-25T14:46:00.000Z .*cannot be checked/,
      );
      assert.match(asked.stderr, /--yes/);
      const planned = await json('unlock', '--dry-run');
      assert.equal(planned.code, 0);
      assert.match(
        JSON.stringify(planned.document),
        /^{"status":"planned","locks":\[{"name":"store",.*"owner":"unknown","pid":4194305,"host":"elsewhere"/,
      );
      assert.ok(existsSync(store('.lock')));
      const { code, stdout } = await run('unlock', '--yes');
      assert.deepEqual([code, stdout.endsWith('Removed 1 lock.\n')], [0, true]);
      assert.deepEqual(readdirSync(store()), []);
      assert.equal((await run('backup')).code, 0);
    });

    it('asks on a terminal, and respects "no"', () => {
      leaveLock(ELSEWHERE);
      const refused = runOnTerminal(['unlock'], { ...cliOptions(), answers: ['n\n'] });
      assert.equal(refused.code, 5);
      assert.match(refused.shown, /Remove the store lock\?.*it then fails/);
      assert.ok(existsSync(store('.lock')));
      const agreed = runOnTerminal(['unlock'], { ...cliOptions(), answers: ['y\n'] });
      assert.equal(agreed.code, 0);
      assert.equal(existsSync(store('.lock')), false);
    });

    it('also removes the locks of sync and follow-up, and moves aside anything that is not a lock', async () => {
      for (const name of ['.replication', '.follow-up']) mkdirSync(store(name));
      leaveLock(ELSEWHERE, '.replication');
      leaveLock({ startTime: '1' }, '.follow-up');
      mkdirSync(store('.lock'));
      const { code, document, stderr } = await json('unlock', '--yes');
      assert.equal(code, 0);
      const { locks } = document as { readonly locks: readonly Readonly<Record<string, unknown>>[] };
      assert.deepEqual(
        locks.map(({ name, owner, obstacle, removed }) => [name, owner, obstacle, removed]),
        [
          ['store', 'not-a-lock', 'a folder', true],
          ['replication', 'unknown', null, true],
          ['follow-up', 'ended', null, true],
        ],
      );
      assert.match(stderr, /\.lock-aside-/);
      assert.deepEqual([readdirSync(store('.replication')), readdirSync(store('.follow-up'))], [[], []]);
      assert.equal(asides().length, 1);
    });

    it('reports that something else in place of a lock was moved aside, and where to, not that it was removed', async () => {
      mkdirSync(store('.lock'));
      const asked = runOnTerminal(['unlock'], { ...cliOptions(), answers: ['n\n'] });
      assert.match(asked.shown, /Move aside a folder in place of the store lock\?/);
      assert.doesNotMatch(asked.shown, /[Rr]emove|owner/);
      const { code, stdout, stderr } = await run('unlock', '--yes');
      assert.equal(code, 0, stderr);
      const [aside = 'nothing'] = asides();
      assert.match(stdout, /\nMoved aside a folder in place of the store lock\.\n$/);
      assert.ok(stderr.includes(store(aside)), stderr);
      mkdirSync(store('.lock'));
      mkdirSync(store('.replication'));
      leaveLock(ELSEWHERE, '.replication');
      const both = await run('unlock');
      assert.match(
        both.stderr,
        /This would remove the replication lock and move aside a folder in place of the store lock/,
      );
      assert.match(
        (await run('unlock', '--yes')).stdout,
        /\nRemoved 1 lock\.\nMoved aside a folder .* store lock\.\n$/,
      );
    });

    it('does not follow a link to another store', async () => {
      mkdirSync(folder.join('other'));
      writeFileSync(folder.join('other', '.lock'), formatLockRecord(lockRecord(ELSEWHERE)));
      symlinkSync(folder.join('other'), store('.replication'));
      assert.equal((await run('unlock', '--yes')).stdout, 'No locks.\n');
      assert.ok(existsSync(folder.join('other', '.lock')));
    });

    it('refuses to remove the lock of a running process, unless forced', async function () {
      const sleeper = spawn('sleep', ['60']);
      try {
        const { files } = realPorts();
        const status = files.readFileSync(`/proc/${String(sleeper.pid)}/stat`, 'latin1');
        const startTime = status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
        const record = lockRecord({ pid: sleeper.pid ?? 0, startTime });
        assert.equal(livenessOf(record, ownIdentity(files), files), 'alive');
        leaveLock(record);
        const refused = await run('unlock', '--yes');
        assert.equal(refused.code, 5);
        assert.match(refused.stdout, /still running/);
        assert.match(
          refused.stderr,
          /Process \d+ is running and holds the lock.*--force removes the lock, and the process then fails/s,
        );
        assert.ok(existsSync(store('.lock')));
        const asked = runOnTerminal(['unlock', '--force'], { ...cliOptions(), answers: ['n\n'] });
        assert.match(asked.shown, /The running process then fails/);
        assert.equal((await run('unlock', '--force', '--yes')).code, 0);
        assert.equal(existsSync(store('.lock')), false);
      } finally {
        sleeper.kill('SIGKILL');
        await once(sleeper, 'exit');
      }
    });

    it('removes the other locks if one belongs to a running process', async () => {
      mkdirSync(store('.replication'));
      leaveLock({});
      leaveLock(ELSEWHERE, '.replication');
      const { code, document, stderr } = await json('unlock', '--yes');
      assert.equal(code, 5);
      assert.match(JSON.stringify(document), /"name":"store".*"removed":false.*"name":"replication".*"removed":true/);
      assert.match(stderr, /is running and holds the lock.*Only --force/);
      assert.deepEqual([existsSync(store('.lock')), readdirSync(store('.replication'))], [true, []]);
    });
  });
});
