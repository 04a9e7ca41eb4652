import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { execFileSync } from 'node:child_process';
import type { EmailPolicy, NotificationPolicy } from '../../../core/project/project.js';
import { makeAuthority, type Certificate, type CertificateAuthority } from '../../support/certificates.js';
import { MAIL_PASSWORD, MAIL_USER, useMailServers } from '../../support/mailServer.js';
import { reportInProcess, type NotifyRun } from '../../support/notifyProcess.js';
import { makeTemporaryFolder, removeFolder, useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('mail', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const servers = useMailServers();
  let authorityFolder = '';
  let authority: CertificateAuthority;
  let certificate: Certificate;

  before('make certificates', async () => {
    authorityFolder = await makeTemporaryFolder();
    authority = makeAuthority(authorityFolder);
    certificate = authority.issue('server');
  });
  after('remove the certificates', async () => {
    await removeFolder(authorityFolder);
  });

  const plainServers: { server: Server; sockets: Socket[] }[] = [];
  afterEach('stop the plain servers', () => {
    for (const { server, sockets } of plainServers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  function policyFor(port: number, more: Partial<EmailPolicy> = {}): NotificationPolicy {
    const email: EmailPolicy = {
      from: 'backups@example.org',
      to: ['me@example.org', 'you@example.org'],
      host: 'localhost',
      port,
      security: 'starttls',
      user: MAIL_USER,
      passwordVariable: 'MAIL_PASSWORD',
      ...more,
    };
    return { email, webhooks: [], ping: undefined, overdueAfterHours: 24 };
  }

  async function report(
    policy: NotificationPolicy,
    { damaged = ['shop'], well = [] as string[], timeoutMs = 10_000, environment = {} } = {},
  ): Promise<NotifyRun> {
    return await reportInProcess(
      { policy, damaged, well, timeoutMs },
      {
        FEATURE_BACKUPS_STATE: folder.join('state'),
        NODE_EXTRA_CA_CERTS: authority.path,
        MAIL_PASSWORD,
        ...environment,
      },
    );
  }

  for (const security of ['starttls', 'tls'] as const) {
    it(`arrives encrypted and logged in over ${security}, once for many projects`, async () => {
      const server = await servers.start({ ...certificate, secure: security === 'tls' });
      const policy = policyFor(server.port, { security });
      const run = await report(policy, { damaged: ['shop', 'blog', 'wiki'] });
      assert.deepEqual(run.problems, []);
      assert.deepEqual(run.sent, ['email to me@example.org, you@example.org']);
      await report(policy, { damaged: ['shop', 'blog', 'wiki'] });
      const [mail, ...more] = server.received;
      assert.deepEqual(more, []);
      assert.equal(mail?.isEncrypted, true);
      assert.equal(mail.user, MAIL_USER);
      assert.equal(mail.from, 'backups@example.org');
      assert.deepEqual(mail.to, ['me@example.org', 'you@example.org']);
      assert.match(mail.source, /^From: Feature Backups <backups@example\.org>\r$/m);
      assert.match(mail.source, /^Subject: Feature Backups: 3 projects: 3 incidents\r$/m);
      assert.match(mail.source, /^Auto-Submitted: auto-generated\r$/m);
      assert.match(mail.source, /^Content-Type: text\/plain/m);
      for (const name of ['shop', 'blog', 'wiki']) {
        assert.match(mail.source, new RegExp(`^${name}: the database is damaged`, 'm'));
      }
      await report(policy, { damaged: [], well: ['shop', 'blog', 'wiki'] });
      assert.match(server.received[1]?.source ?? '', /^Subject: Feature Backups: 3 projects: 3 incidents resolved\r$/m);
    });
  }

  it('contains no header or line from a project’s name', async () => {
    const server = await servers.start({ ...certificate });
    const name = 'shop\r\nBcc: evil@example.org\r\n\r\nNew:\u202E\u0007';
    assert.deepEqual((await report(policyFor(server.port), { damaged: [name] })).problems, []);
    const [mail] = server.received;
    assert.deepEqual(mail?.to, ['me@example.org', 'you@example.org']);
    const [headers = ''] = mail.source.split('\r\n\r\n');
    assert.doesNotMatch(headers, /^Bcc/im);
    assert.match(headers.replace(/\r\n /g, ' '), /^Subject: Feature Backups: shop\\r\\nBcc: evil@example\.org/m);
    assert.equal(mail.source.match(/^New:/gm)?.length, 1);
  });

  it('is not sent if the certificate is untrusted, expired or for another name', async () => {
    const expired = authority.issue('expired', -1);
    const cases: readonly [Certificate, string, Record<string, string>, RegExp][] = [
      [certificate, 'localhost', { NODE_EXTRA_CA_CERTS: '' }, /unable to verify|self-signed|local issuer/i],
      // This variable switches verification off in other programs.
      [certificate, 'localhost', { NODE_EXTRA_CA_CERTS: '', NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /unable to verify/i],
      [expired, 'localhost', {}, /expired/i],
      [certificate, '127.0.0.2', {}, /altname|does not match/i],
    ];
    for (const [shown, host, environment, expected] of cases) {
      for (const security of ['tls', 'starttls'] as const) {
        const server = await servers.start({ ...shown, secure: security === 'tls' });
        const port = host === '127.0.0.2' ? await forwardFrom(host, server.port) : server.port;
        await removeFolder(folder.join('state'));
        const { sent, problems } = await report(policyFor(port, { security, host }), { environment });
        assert.deepEqual(sent, [], `${host} ${security}`);
        assert.match(problems.join(), expected);
        assert.deepEqual(server.received, []);
      }
    }
  });

  it('is not sent unencrypted if STARTTLS is not offered', async () => {
    const server = await servers.start({ ...certificate, hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    const { sent, problems } = await report(policyFor(server.port));
    assert.deepEqual(sent, []);
    assert.match(problems.join(), /STARTTLS/);
    assert.deepEqual(server.received, []);
  });

  it('is sent unencrypted and without a password if configured', async () => {
    const server = await servers.start({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const policy = policyFor(server.port, { security: 'none', user: undefined, passwordVariable: undefined });
    assert.deepEqual((await report(policy)).problems, []);
    assert.equal(server.received[0]?.isEncrypted, false);
  });

  it('is not sent without a login if a user is configured', async () => {
    const server = await servers.start({ ...certificate, authOptional: true, disabledCommands: ['AUTH'] });
    assert.deepEqual((await report(policyFor(server.port))).sent, []);
    assert.deepEqual(server.received, []);
  });

  it('reports a wrong or missing password without showing it', async () => {
    const server = await servers.start({ ...certificate });
    const wrong = await report(policyFor(server.port), { environment: { MAIL_PASSWORD: 'wrong but secret' } });
    assert.match(wrong.problems.join(), /did not accept the mail: Invalid login.*Check user and passwordVariable/);
    assert.doesNotMatch(JSON.stringify(wrong), /wrong but secret/);
    await removeFolder(folder.join('state'));
    const missing = await report(policyFor(server.port), { environment: { MAIL_PASSWORD: '' } });
    assert.match(missing.problems.join(), /The password is missing: the environment variable MAIL_PASSWORD is not set/);
    assert.deepEqual(server.received, []);
  });

  it('is sent if one of several addresses is refused, which is reported', async () => {
    const server = await servers.start({
      ...certificate,
      onRcptTo: ({ address }, _session, callback) => {
        if (address.startsWith('you')) callback(new Error('Nobody here'));
        else callback();
      },
    });
    const { sent, problems } = await report(policyFor(server.port));
    assert.equal(sent.length, 1);
    assert.match(problems.join(), /the mail server refused you@example\.org/);
    assert.deepEqual(server.received[0]?.to, ['me@example.org']);
    assert.deepEqual((await report(policyFor(server.port))).sent, []);
  });

  it('times out on a server that hangs, drips or sends garbage, and fails on one that is missing', async () => {
    const greeting = '220 localhost ESMTP\r\n';
    const drip = (socket: Socket): void => {
      const timer = setInterval(() => socket.write('250-still here\r\n'), 50);
      socket.on('close', () => {
        clearInterval(timer);
      });
    };
    const behaviours: ((socket: Socket) => void)[] = [
      () => undefined,
      (socket) => socket.write(greeting),
      drip,
      (socket) => {
        socket.write(greeting);
        drip(socket);
      },
      (socket) => socket.write('\0\0\0garbage\r\n'.repeat(1000)),
      (socket) => socket.destroy(),
    ];
    for (const behave of behaviours) {
      await removeFolder(folder.join('state'));
      const { sent, problems } = await report(policyFor(await listen(behave)), { timeoutMs: 700 });
      assert.deepEqual(sent, []);
      assert.match(problems.join(), /did not accept the mail/);
    }
    await removeFolder(folder.join('state'));
    const { problems } = await report(policyFor(1));
    assert.match(problems.join(), /localhost:1 did not accept the mail: .*ECONNREFUSED/);
  });

  it('is sent again after a lost connection', async () => {
    let isCut = true;
    const server = await servers.start({ ...certificate, secure: true });
    // Enough for the login and the start of the mail.
    const port = await forwardFrom('127.0.0.1', server.port, () => (isCut ? 6000 : Infinity));
    const damaged = Array.from({ length: 90 }, (_, index) => `project-${String(index)}`);
    const policy = policyFor(port, { security: 'tls' });
    const cut = await report(policy, { damaged });
    assert.deepEqual(cut.sent, []);
    assert.match(cut.problems.join(), /did not accept the mail/);
    assert.equal(server.begunCount, 1);
    assert.deepEqual(
      server.received.filter(({ source }) => source.includes('Sent by Feature Backups')),
      [],
    );
    isCut = false;
    forgetPause();
    assert.deepEqual((await report(policy, { damaged })).problems, []);
    assert.equal(server.received.at(-1)?.source.match(/: the database is damaged/g)?.length, 90);
  });

  /** Ends the pause after a failure. */
  function forgetPause(): void {
    execFileSync('sed', [
      '-i',
      's/"nextTryAt": "[^"]*"/"nextTryAt": "2026-01-01T00:00:00Z"/',
      folder.join('state', 'notifications.json'),
    ]);
  }

  async function listen(behave: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      behave(socket);
    });
    plainServers.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Forwards to a server, and cuts the connection after this many bytes from the client. */
  async function forwardFrom(host: string, port: number, limit: () => number = () => Infinity): Promise<number> {
    const { connect } = await import('node:net');
    return await listen((socket) => {
      const upstream = connect(port, '127.0.0.1').on('error', () => undefined);
      let left = limit();
      socket.on('data', (chunk) => {
        left -= chunk.length;
        if (left >= 0) return upstream.write(chunk);
        socket.destroy();
        return upstream.destroy();
      });
      socket.on('close', () => upstream.destroy());
      upstream.pipe(socket);
    }, host);
  }
});
