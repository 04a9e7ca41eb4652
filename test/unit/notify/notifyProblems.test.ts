import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProjectHealth, HealthProblem, HealthProblemCode } from '../../../core/health/healthProblem.js';
import { ALL_BUT_UNUSABLE } from '../../../core/health/undetermined.js';
import { notifyStatus } from '../../../core/notify/notifyStatus.js';
import { notifyProblems } from '../../../core/notify/notifyProblems.js';
import { testChannels } from '../../../core/notify/testChannels.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { NotificationPolicy } from '../../../core/project/project.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { useTinyDisk } from '../../support/tinyDisk.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

describe('reporting troubles', () => {
  const folder = useTemporaryFolder();
  const receiver = useWebhookReceiver();
  const disk = useTinyDisk();
  let nowMs = 0;
  let environment: Record<string, string> = {};
  beforeEach(() => {
    nowMs = Date.parse('2026-03-01T12:00:00Z');
    environment = { FEATURE_BACKUPS_STATE: folder.join('state') };
  });

  const ports = (): Ports => ({ ...realPorts(), environment, now: () => new Date(nowMs) });
  const report = (healths: readonly ProjectHealth[], policy = toReceiver(), timeoutMs?: number) =>
    notifyProblems(healths, policy, ports(), timeoutMs === undefined ? {} : { timeoutMs });

  function toReceiver(...more: string[]): NotificationPolicy {
    const webhooks = ['/hook', ...more].map((path) => ({ url: receiver.url + path, urlVariable: undefined }));
    return { email: undefined, webhooks, ping: undefined, overdueAfterHours: 24 };
  }

  function pinging(): NotificationPolicy {
    const ping = { url: `${receiver.url}/ping?a=1`, urlVariable: undefined };
    return { email: undefined, webhooks: [], ping, overdueAfterHours: 24 };
  }

  /** What was told, one line a message. */
  function told(): string[] {
    const titles = (list: unknown): string =>
      (list as (HealthProblem & { project: string })[])
        .map(({ project, code, subject }) => [basename(project), code, subject].filter(Boolean).join(' '))
        .join(', ');
    return receiver
      .documents()
      .map(({ kind, troubles, over }) => `${String(kind)}: ${titles(troubles)} | ${titles(over)}`);
  }

  it('tells a trouble once, and once that it is over', async () => {
    const damaged = health('shop', trouble('database-damaged'));
    const since = await report([damaged]);
    assert.deepEqual(since, { sent: [`webhook ${new URL(receiver.url).host}`], problems: [] });
    for (let pass = 0; pass < 3; pass += 1) {
      nowMs += DAY_MS;
      assert.deepEqual(await report([damaged]), { sent: [], problems: [] });
    }
    for (let pass = 0; pass < 3; pass += 1) await report([health('shop')]);
    assert.deepEqual(told(), ['trouble: shop database-damaged | ', 'over:  | shop database-damaged']);
    const [first, last] = receiver.documents();
    assert.equal(first?.version, 1);
    assert.equal(first.openCount, 1);
    assert.equal(first.sentAt, '2026-03-01T12:00:00.000Z');
    assert.equal(last?.openCount, 0);
  });

  it('is not kept from telling by a folder in the place of its locks', async () => {
    for (const place of ['notifications', 'notifications/sending']) {
      mkdirSync(folder.join('state', place, '.lock'), { recursive: true });
    }
    assert.deepEqual((await report([health('shop', trouble('database-damaged'))])).problems, []);
    assert.deepEqual(told(), ['trouble: shop database-damaged | ']);
  });

  it('tells in one message that thirty projects are damaged at once, and in one that they are well', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `project-${String(index)}`);
    await report(names.map((name) => health(name, trouble('database-damaged'))));
    await report(names.map((name) => health(name)));
    assert.deepEqual(
      receiver.documents().map(({ kind, troubles, over }) => [kind, lengthOf(troubles), lengthOf(over)]),
      [
        ['trouble', 30, 0],
        ['over', 0, 30],
      ],
    );
  });

  it('tells what is new and what is over in the same message', async () => {
    await report([health('shop', trouble('replication-failed', 'disk')), health('blog')]);
    await report([health('shop', trouble('replication-failed', 'cloud')), health('blog', trouble('backup-failed'))]);
    assert.deepEqual(told().slice(1), [
      'trouble: blog backup-failed, shop replication-failed cloud | shop replication-failed disk',
    ]);
  });

  it('takes nothing for over that was not looked at', async () => {
    await report([health('shop', trouble('backup-failed')), health('blog')]);
    await report([health('blog')]);
    await report([]);
    assert.equal(receiver.received.length, 1);
    assert.equal(notifyStatus(toReceiver(), ports()).open.length, 1);
  });

  it('knows a project that was found by way of a link', async () => {
    mkdirSync(folder.join('shop'));
    symlinkSync(folder.join('shop'), folder.join('link'));
    const damaged = { ...health('shop', trouble('database-damaged')), project: testProject(folder.join('shop')) };
    await report([damaged]);
    await report([{ ...damaged, project: testProject(folder.join('link')) }]);
    assert.equal(receiver.received.length, 1);
  });

  it('forgets what nobody has looked at for a week', async () => {
    await report([health('shop', trouble('project-gone'))]);
    nowMs += 6 * DAY_MS;
    await report([health('blog')]);
    assert.equal(notifyStatus(toReceiver(), ports()).open.length, 1);
    nowMs += 2 * DAY_MS;
    await report([health('blog')]);
    assert.equal(notifyStatus(toReceiver(), ports()).open.length, 0);
    assert.equal(receiver.received.length, 1);
  });

  it('tries again what was not taken, after a pause that grows, and tells it once', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const damaged = health('shop', trouble('database-damaged'));
    const triedAfterMinutes: number[] = [];
    for (let minute = 0; minute <= 20; minute += 1) {
      if ((await report([damaged])).problems.length > 0) triedAfterMinutes.push(minute);
      nowMs += MINUTE_MS;
    }
    assert.deepEqual(triedAfterMinutes, [0, 1, 3, 7, 15]);
    const [channel] = notifyStatus(toReceiver(), ports()).channels;
    assert.equal(channel?.failures, 5);
    assert.match(channel.problem ?? '', /it answers 500/);
    receiver.answer = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([damaged]);
    await report([damaged]);
    assert.deepEqual(told(), ['trouble: shop database-damaged | ']);
    assert.equal(notifyStatus(toReceiver(), ports()).channels[0]?.failures, 0);
  });

  it('tries again when the clock was set back far', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    await report([health('shop', trouble('backup-failed'))]);
    nowMs -= 30 * DAY_MS;
    await report([health('shop', trouble('backup-failed'))]);
    assert.equal(receiver.received.length, 2);
  });

  it('says nothing of what was over before it could be told', async () => {
    receiver.answer = (response) => response.writeHead(503).end();
    await report([health('shop', trouble('backup-failed'))]);
    receiver.answer = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([health('shop')]);
    assert.deepEqual(told(), []);
    assert.deepEqual(notifyStatus(toReceiver(), ports()).open, []);
  });

  it('says nothing of a trouble that is back before its end could be told', async () => {
    const failed = health('shop', trouble('backup-failed'));
    await report([failed]);
    receiver.answer = (response) => response.writeHead(503).end();
    await report([health('shop')]);
    receiver.answer = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([failed]);
    assert.deepEqual(told(), []);
  });

  it('tells each channel by itself, however the others are', async () => {
    receiver.answer = (response, { path }) => response.writeHead(path === '/broken' ? 500 : 200).end();
    const policy = toReceiver('/broken');
    const damaged = health('shop', trouble('database-damaged'));
    await report([damaged], policy);
    nowMs += 10 * MINUTE_MS;
    receiver.answer = (response) => response.end();
    await report([damaged], policy);
    await report([damaged], policy);
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/broken', '/broken', '/hook']);
  });

  it('tells a channel that is new what is open', async () => {
    const damaged = health('shop', trouble('database-damaged'));
    await report([damaged]);
    await report([damaged], toReceiver('/second'));
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/hook', '/second'],
    );
  });

  it('does not wait for a receiver that hangs, and tells it later', async () => {
    receiver.answer = () => undefined;
    const damaged = health('shop', trouble('database-damaged'));
    const { sent, problems } = await report([damaged], toReceiver(), 200);
    assert.deepEqual(sent, []);
    assert.match(problems.join(), /did not take the message: no answer within 0\.2 seconds/);
    receiver.answer = (response) => response.end();
    nowMs += 2 * MINUTE_MS;
    assert.equal((await report([damaged])).sent.length, 1);
  });

  it('does not wait for the end of an answer that has none', async () => {
    receiver.answer = (response) => response.writeHead(200).write('x');
    assert.equal((await report([health('shop', trouble('backup-failed'))])).sent.length, 1);
  });

  it('follows no redirect', async () => {
    receiver.answer = (response) => response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end();
    const { problems } = await report([health('shop', trouble('backup-failed'))]);
    assert.match(problems.join(), /answers with a redirect \(307\)\. Give the address that it leads to/);
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/hook'],
    );
  });

  it('lets a process without the address not hold up one that has it', async () => {
    const secret = { url: undefined, urlVariable: 'CHAT_HOOK' };
    const policy = { ...toReceiver(), webhooks: [secret], ping: secret };
    const damaged = health('shop', trouble('database-damaged'));
    for (let time = 0; time < 3; time += 1) await report([damaged], policy);
    assert.match(notifyStatus(policy, ports()).channels[0]?.problem ?? '', /CHAT_HOOK is not set/);
    environment.CHAT_HOOK = receiver.url;
    assert.equal((await report([damaged], policy)).sent.length, 2);
    assert.equal(notifyStatus(policy, ports()).channels[0]?.problem, undefined);
  });

  it('shows a secret address by the name of its variable alone', async () => {
    const secret = { url: undefined, urlVariable: 'CHAT_HOOK' };
    const policy = { ...toReceiver(), webhooks: [secret], ping: secret };
    const damaged = health('shop', trouble('database-damaged'));
    const missing = await report([damaged], policy);
    assert.match(missing.problems.join(), /webhook \$CHAT_HOOK: The address is missing: .* CHAT_HOOK is not set/);
    for (const address of ['http://127.0.0.1:1/top-secret', 'no address, top-secret', `${receiver.url}/top-secret`]) {
      receiver.answer = (response) => response.writeHead(404).end('top-secret');
      environment.CHAT_HOOK = address;
      nowMs += DAY_MS;
      const { problems } = await report([damaged], policy);
      assert.equal(problems.length, 2, address);
      assert.doesNotMatch(problems.join(), /top-secret|127\.0\.0\.1/);
    }
    assert.doesNotMatch(readFileSync(folder.join('state', 'notifications.json'), 'utf8'), /top-secret|127\.0\.0\.1/);
  });

  it('pings that all is well once a minute, and at once when it is not or is again', async () => {
    await report([health('shop')], pinging());
    await report([health('shop')], pinging());
    nowMs += MINUTE_MS;
    await report([health('shop')], pinging());
    await report([health('shop', trouble('backup-failed'))], pinging());
    await report([health('blog')], pinging());
    await report([health('shop')], pinging());
    assert.deepEqual(
      receiver.received.map(({ method, path }) => `${method} ${path}`),
      ['GET /ping?a=1', 'GET /ping?a=1', 'POST /ping/fail?a=1', 'GET /ping?a=1'],
    );
    assert.match(receiver.received[2]?.body ?? '', /^New:\n\nshop: a backup failed/);
  });

  it('says in a test what is open to whom it pings, and sends the others a test', async () => {
    const policy = { ...pinging(), webhooks: toReceiver().webhooks };
    assert.deepEqual(
      (await testChannels(policy, ports())).map(({ problem }) => problem),
      [undefined, undefined],
    );
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/hook', '/ping?a=1']);
    await report([health('shop', trouble('backup-failed'))], policy);
    receiver.received.length = 0;
    receiver.answer = (response) => response.writeHead(500).end();
    const tests = await testChannels(policy, ports());
    assert.ok(tests.every(({ problem }) => problem?.includes('it answers 500')));
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/hook', '/ping/fail?a=1']);
    const { kind, troubles } = JSON.parse(receiver.received.find(({ path }) => path === '/hook')?.body ?? '') as Record<
      string,
      unknown
    >;
    assert.deepEqual([kind, troubles], ['test', []]);
  });

  it('touches nothing where nobody is to be told', async () => {
    await report([health('shop', trouble('backup-failed'))], { ...toReceiver(), webhooks: [] });
    assert.equal(existsSync(folder.join('state')), false);
  });

  it('begins anew with a record that is no record', async () => {
    const damaged = health('shop', trouble('database-damaged'));
    for (const text of ['', '{', '[]', '7', '{"troubles": [7, {"project": 1}], "channels": [{}, 3]}']) {
      receiver.received.length = 0;
      mkdirSync(folder.join('state'), { recursive: true });
      writeFileSync(folder.join('state', 'notifications.json'), text);
      assert.deepEqual((await report([damaged])).problems, []);
      assert.equal(receiver.received.length, 1, text);
    }
  });

  it('leaves no file behind but its record', async () => {
    writeLeftovers();
    await report([health('shop', trouble('database-damaged'))]);
    assert.deepEqual(readdirSync(folder.join('state')).toSorted(), ['notifications', 'notifications.json']);
    assert.deepEqual(readdirSync(folder.join('state', 'notifications')), ['sending']);
    assert.deepEqual(readdirSync(folder.join('state', 'notifications', 'sending')), []);
  });

  function writeLeftovers(): void {
    mkdirSync(folder.join('state', 'notifications'), { recursive: true });
    writeFileSync(folder.join('state', '.tmp-notifications.json'), '{');
    writeFileSync(folder.join('state', 'notifications', '.lock-new-1-a-b'), '{');
  }

  it('tells of a trouble on a full disk, at most once an hour, and never throws', async function () {
    const state = folder.join('full');
    const obstacle = disk.mount(state, 'size=64k');
    if (obstacle !== undefined) this.skip();
    environment.FEATURE_BACKUPS_STATE = state;
    try {
      await report([health('shop')], pinging());
      fill(`${state}/ballast`);
      receiver.received.length = 0;
      const failed = health('shop', trouble('backup-failed'));
      const first = await report([failed]);
      assert.equal(first.sent.length, 1);
      assert.match(first.problems.join(), /no space left/i);
      nowMs += 30 * MINUTE_MS;
      assert.deepEqual((await report([failed])).sent, []);
      nowMs += 31 * MINUTE_MS;
      assert.equal((await report([failed])).sent.length, 1);
      assert.equal(receiver.received.length, 2);
    } finally {
      disk.unmountAll();
    }
  });

  function fill(path: string): void {
    for (const size of [4096, 1]) {
      for (let written = true; written;) {
        try {
          writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
        } catch {
          written = false;
        }
      }
    }
  }

  it('does not call a trouble over that could not be judged, nor tells it again', async () => {
    await report([health('shop', trouble('database-damaged'), trouble('drill-failed'))]);
    const unusable = { ...health('shop', trouble('store-unusable')), undetermined: ALL_BUT_UNUSABLE };
    await report([unusable]);
    const busy = { ...health('shop', trouble('drill-failed')), undetermined: ['database-damaged'] as const };
    await report([busy]);
    await report([health('shop', trouble('database-damaged'), trouble('drill-failed'))]);
    await report([health('shop')]);
    assert.deepEqual(told(), [
      'trouble: shop database-damaged, shop drill-failed | ',
      'trouble: shop store-unusable | ',
      'over:  | shop store-unusable',
      'over:  | shop database-damaged, shop drill-failed',
    ]);
  });

  it('never throws, wherever there is no place for the record', async () => {
    writeFileSync(folder.join('file'), '');
    const damaged = health('shop', trouble('database-damaged'));
    for (const place of [folder.join('file'), folder.join('file', 'below')]) {
      environment = { FEATURE_BACKUPS_STATE: place };
      const { sent, problems } = await report([damaged]);
      assert.deepEqual(sent, []);
      assert.ok(problems.length > 0, place);
    }
    environment = {};
    assert.match((await report([damaged])).problems.join(), /no folder for the state/);
  });
});

function health(name: string, ...troubles: HealthProblem[]): ProjectHealth {
  return { project: testProject(`/projects/${name}`), summary: undefined, problems: troubles };
}

function trouble(code: HealthProblemCode, subject = ''): HealthProblem {
  return { code, severity: code === 'project-gone' ? 'warning' : 'critical', subject, message: `It is ${code}.` };
}

function lengthOf(list: unknown): number {
  assert.ok(Array.isArray(list));
  return list.length;
}
