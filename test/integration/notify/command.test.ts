import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeAuthority } from '../../support/certificates.js';
import { MAIL_PASSWORD, useMailServers } from '../../support/mailServer.js';
import { reportInProcess } from '../../support/notifyProcess.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

describe('feature-backups notify', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const servers = useMailServers();
  const receiver = useWebhookReceiver();

  function cliOptions(more: Record<string, string> = {}) {
    const env = { XDG_CONFIG_HOME: folder.join('config'), FEATURE_BACKUPS_STATE: folder.join('state'), ...more };
    return { cwd: folder.path, env };
  }

  function configure(notifications: object): void {
    mkdirSync(folder.join('config', 'feature-backups'), { recursive: true });
    writeFileSync(folder.join('config', 'feature-backups', 'config.json'), JSON.stringify({ notifications }));
  }

  it('test sends over every channel, and the mail passes real TLS', async () => {
    const authority = makeAuthority(folder.path);
    const server = await servers.start(authority.issue('server'));
    configure({
      email: {
        from: 'backups@example.org',
        to: ['me@example.org'],
        host: 'localhost',
        port: server.port,
        user: 'me',
        passwordVariable: 'MAIL_PASSWORD',
      },
      webhooks: [{ urlVariable: 'HOOK' }],
      ping: { url: `${receiver.url}/ping` },
    });
    const complete = { NODE_EXTRA_CA_CERTS: authority.path, MAIL_PASSWORD, HOOK: `${receiver.url}/secret` };
    const { code, stdout, stderr } = await runCli(['notify', 'test'], cliOptions(complete));
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.match(stdout, /^sent {2}email to me@example\.org\nsent {2}webhook \$HOOK\nsent {2}ping 127\.0\.0\.1:\d+\n$/);
    assert.match(server.received[0]?.source ?? '', /^Subject: Feature Backups: test message from /m);
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/ping', '/secret']);

    const incomplete = await runCliJson(
      ['notify', 'test'],
      cliOptions({ MAIL_PASSWORD, HOOK: 'http://127.0.0.1:1/secret' }),
    );
    assert.equal(incomplete.code, 1);
    assert.doesNotMatch(incomplete.stdout, /\/secret|correct horse/);
    const channels = incomplete.document.channels as { name: string; ok: boolean; problem: string | null }[];
    assert.deepEqual(
      channels.map(({ ok }) => ok),
      [false, false, true],
    );
    assert.match(channels[0]?.problem ?? '', /localhost:\d+ did not accept the mail: unable to verify/);
    assert.match(channels[1]?.problem ?? '', /\$HOOK did not accept the message: /);
  });

  it('names the file for missing settings', async () => {
    const { code, stderr } = await runCli(['notify', 'test'], cliOptions());
    assert.equal(code, 2);
    assert.match(stderr, /No notifications are configured[^]*config\/feature-backups\/config\.json/);
    const status = await runCli(['notify', 'status'], cliOptions());
    assert.deepEqual([status.code, status.stdout], [0, 'No notifications are configured.\n']);
    assert.equal((await runCli(['notify'], cliOptions())).code, 2);
    assert.equal((await runCli(['notify', 'test', 'x', 'y'], cliOptions())).code, 2);
    assert.equal((await runCli(['notify', 'test', '--project', folder.path], cliOptions())).code, 2);
  });

  it('status shows open incidents and what was sent or failed', async () => {
    configure({ webhooks: [{ url: `${receiver.url}/good` }, { url: `${receiver.url}/broken` }] });
    receiver.respond = (response, { path }) => response.writeHead(path === '/broken' ? 500 : 200).end();
    const webhooks = ['/good', '/broken'].map((path) => ({ url: receiver.url + path, urlVariable: undefined }));
    const policy = { email: undefined, webhooks, ping: undefined, overdueAfterHours: 24 };
    await reportInProcess({ policy, damaged: ['shop\u001B[31m'] }, { FEATURE_BACKUPS_STATE: folder.join('state') });
    const { code, stdout } = await runCli(['notify', 'status'], cliOptions());
    assert.equal(code, 0);
    assert.match(stdout, /^webhook 127\.0\.0\.1:\d+: last sent /);
    assert.match(stdout, /: nothing sent yet, 1 problem still to send, failed 1 time in a row, next try after /);
    assert.match(stdout, /it responded with 500\n/);
    assert.match(stdout, /^critical {2}\/projects\/shop\\x1b\[31m: shop\\x1b\[31m is damaged\./m);
    const { document } = await runCliJson(['notify', 'status'], cliOptions());
    const [good, broken] = document.channels as Record<string, unknown>[];
    assert.equal(good?.waitingCount, 0);
    assert.equal(broken?.failures, 1);
    assert.equal((document.open as unknown[]).length, 1);
  });

  it('keeps nodemailer out of every other bundle', () => {
    const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
    const bundles = execFileSync('ls', [dist], { encoding: 'utf8' })
      .split('\n')
      .filter((name) => /\.c?js$/.test(name));
    assert.ok(bundles.includes('mailer.cjs'));
    const containing = bundles.filter((name) => readFileSync(`${dist}/${name}`, 'utf8').includes('STARTTLS'));
    assert.deepEqual(containing, ['mailer.cjs']);
  });
});
