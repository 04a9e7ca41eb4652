import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { CLI_PATH, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('feature-backups service', function () {
  this.timeout(30_000);
  if (process.platform !== 'linux') return;
  const folder = useTemporaryFolder();
  const unitPath = (): string => folder.join('.config', 'systemd', 'user', 'feature-backups.service');
  const calls = (): string => readFileSync(folder.join('calls'), 'utf8');
  const env = () => ({
    HOME: folder.path,
    FEATURE_BACKUPS_STATE: folder.join('state'),
    PATH: `${folder.join('bin')}:${process.env.PATH ?? ''}`,
  });

  /** Replaces systemd's program, and records its calls. */
  const putSystemctl = (answer: string): void => {
    mkdirSync(folder.join('bin'), { recursive: true });
    writeFileSync(folder.join('bin', 'systemctl'), `#!/bin/sh\necho "$@" >> ${folder.join('calls')}\n${answer}\n`);
    chmodSync(folder.join('bin', 'systemctl'), 0o755);
  };

  beforeEach(() => putSystemctl('exit 0'));

  it('previews the file, installs and starts it once confirmed, and uninstalls it', async () => {
    const shown = await runCli(['service', 'install', '--dry-run'], { env: env() });
    assert.equal(shown.code, 0);
    assert.match(shown.stdout, /ExecStart=.*feature-backups\.cjs" watch/);
    assert.equal(existsSync(unitPath()), false);
    assert.equal((await runCli(['service', 'install'], { env: env() })).code, 5, 'not confirmed');
    assert.equal(existsSync(unitPath()), false);
    assert.equal((await runCli(['service', 'status'], { env: env() })).code, 4);

    assert.equal((await runCli(['service', 'install', '--yes'], { env: env() })).code, 0);
    assert.ok(readFileSync(unitPath(), 'utf8').includes(`"${process.execPath}" "${CLI_PATH}" watch`));
    assert.deepEqual(calls().trim().split('\n'), [
      '--user daemon-reload',
      '--user enable feature-backups.service',
      '--user restart feature-backups.service',
    ]);
    const { code, document } = await runCliJson(['service', 'status'], { env: env() });
    assert.equal(code, 1, 'installed, but no watcher is running');
    assert.equal(document.file, 'current');

    assert.equal((await runCli(['service', 'uninstall', '--yes'], { env: env() })).code, 0);
    assert.equal(existsSync(unitPath()), false);
    assert.match(calls(), /--user disable --now feature-backups\.service\n--user daemon-reload\n$/);
    assert.equal((await runCli(['service', 'uninstall', '--yes'], { env: env() })).code, 0);
  });

  it('prints what to do if systemd is not running', async () => {
    putSystemctl('echo "Failed to connect to bus: No medium found" >&2; exit 1');
    const { code, stderr } = await runCli(['service', 'install', '--yes'], { env: env() });
    assert.equal(code, 1);
    assert.match(stderr, /^Wrote .*, but could not start the service:\n.*No medium found/m);
    assert.match(stderr, /systemctl --user enable feature-backups\.service/);
    assert.ok(existsSync(unitPath()));
    assert.equal((await runCli(['service', 'uninstall', '--yes'], { env: env() })).code, 0);
    assert.equal(existsSync(unitPath()), false);
  });

  it('keeps an edited file and the running service unless forced', async () => {
    await runCli(['service', 'install', '--yes'], { env: env() });
    appendFileSync(unitPath(), '[Service]\nNice=19\n');
    const before = calls();
    for (const what of ['install', 'uninstall']) {
      const { code, stderr } = await runCli(['service', what, '--yes'], { env: env() });
      assert.equal(code, 5, what);
      assert.match(stderr, /was edited by hand/);
    }
    assert.equal(calls(), before);
    assert.match(readFileSync(unitPath(), 'utf8'), /Nice=19/);
    assert.equal((await runCli(['service', 'uninstall', '--yes', '--force'], { env: env() })).code, 0);
    assert.equal(existsSync(unitPath()), false);
  });
});
