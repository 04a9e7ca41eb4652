import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useTinyDisk } from '../../support/tinyDisk.js';
import { startWatch, type WatchProcess } from '../../support/watchProcess.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

describe('a store in which the watcher cannot write', function () {
  this.timeout(90_000);
  const disk = useTinyDisk();
  let watcher: WatchProcess | undefined;
  // Before the folder is removed.
  afterEach(async () => {
    watcher?.kill('SIGKILL');
    await watcher?.ended;
    disk.unmountAll();
  });
  const folder = useTemporaryFolder();
  const receiver = useWebhookReceiver();
  const root = (): string => folder.join('shop');
  const store = (): string => folder.join('shop', '.feature_backups');
  const filler = (): string => folder.join('shop', '.feature_backups', 'filler');
  const environment = () => ({
    HOME: folder.join('home'),
    FEATURE_BACKUPS_STATE: folder.join('state'),
    XDG_CONFIG_HOME: folder.join('home', '.config'),
  });

  const kinds: Readonly<Record<string, { readonly cause: () => void; readonly end: () => void }>> = {
    'is read-only': {
      cause: () => execFileSync('mount', ['-o', 'remount,ro', store()]),
      end: () => execFileSync('mount', ['-o', 'remount,rw', store()]),
    },
    'is full': {
      cause: () => {
        try {
          writeFileSync(filler(), Buffer.alloc(8_000_000));
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
        }
      },
      end: () => rmSync(filler()),
    },
  };

  for (const [kind, { cause, end }] of Object.entries(kinds)) {
    it(`is reported once and resolved once, and fails check: it ${kind}`, async function () {
      const obstacle = disk.mount(store(), 'size=4m');
      if (obstacle !== undefined) this.skip();
      makeFeatureDatabase(folder.join('shop', 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
      mkdirSync(folder.join('home', '.config', 'feature-backups'), { recursive: true });
      writeFileSync(
        folder.join('home', '.config', 'feature-backups', 'config.json'),
        JSON.stringify({ vault: false, notifications: { webhooks: [{ url: `${receiver.url}/hook` }] } }),
      );
      assert.equal((await runCli(['backup', root()], { env: environment() })).code, 0);
      cause();
      const started = startWatch([root()], environment());
      watcher = started;
      sqlite3(folder.join('shop', 'features.db'), 'UPDATE features SET passes = 1');
      await started.next(({ event }) => event === 'trouble');
      const check = async () => await runCli(['check', root()], { env: environment() });
      while ((await check()).code !== 2) await pause(200);
      sqlite3(folder.join('shop', 'features.db'), "UPDATE features SET name = name || '!'");
      while (receiver.received.length === 0) await pause(100);

      end();
      await started.next(({ event }) => event === 'backed-up');
      while (receiver.received.length < 2) await pause(100);
      assert.equal((await check()).code, 0);
      const reported = started.lines
        .filter(({ event }) => event === 'trouble' || event === 'job')
        .map(({ doing, job }) => doing ?? job);
      assert.deepEqual(reported, [...new Set(reported)], 'each failure once');
      const codesOf = (list: unknown) => (list as { code: string }[]).map(({ code }) => code);
      assert.deepEqual(
        receiver.documents().map(({ kind: word, troubles, over }) => [word, codesOf(troubles), codesOf(over)]),
        [
          ['trouble', ['backup-failed'], []],
          ['over', [], ['backup-failed']],
        ],
      );
    });
  }
});
