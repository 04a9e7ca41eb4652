import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { healthProblem } from '../../../core/health/describeProblem.js';
import type { ProjectHealth, HealthProblem, HealthProblemCode } from '../../../core/health/healthProblem.js';
import { ALL_BUT_STORE_UNUSABLE } from '../../../core/health/undetermined.js';
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

describe('notifications', () => {
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
  const report = (healths: readonly ProjectHealth[], policy = webhookPolicy(), timeoutMs?: number) =>
    notifyProblems(healths, policy, ports(), timeoutMs === undefined ? {} : { timeoutMs });

  function webhookPolicy(...more: string[]): NotificationPolicy {
    const webhooks = ['/hook', ...more].map((path) => ({ url: receiver.url + path, urlVariable: undefined }));
    return { email: undefined, webhooks, ping: undefined, overdueAfterHours: 24 };
  }

  function pingPolicy(): NotificationPolicy {
    const ping = { url: `${receiver.url}/ping?a=1`, urlVariable: undefined };
    return { email: undefined, webhooks: [], ping, overdueAfterHours: 24 };
  }

  /** The received messages, one line each. */
  function sentMessages(): string[] {
    const titles = (list: unknown): string =>
      (list as (HealthProblem & { project: string })[])
        .map(({ project, code, subject }) => [basename(project), code, subject].filter(Boolean).join(' '))
        .join(', ');
    return receiver
      .documents()
      .map(({ kind, troubles, over }) => `${String(kind)}: ${titles(troubles)} | ${titles(over)}`);
  }

  it('report an incident once when it opens and once when it is resolved', async () => {
    const damaged = health('shop', problem('database-damaged'));
    const first = await report([damaged]);
    assert.deepEqual(first, { sent: [`webhook ${new URL(receiver.url).host}`], problems: [] });
    for (let pass = 0; pass < 3; pass += 1) {
      nowMs += DAY_MS;
      assert.deepEqual(await report([damaged]), { sent: [], problems: [] });
    }
    for (let pass = 0; pass < 3; pass += 1) await report([health('shop')]);
    assert.deepEqual(sentMessages(), ['trouble: shop database-damaged | ', 'over:  | shop database-damaged']);
    const [opening, last] = receiver.documents();
    assert.equal(opening?.version, 1);
    assert.equal(opening.openCount, 1);
    assert.equal(opening.sentAt, '2026-03-01T12:00:00.000Z');
    assert.equal(last?.openCount, 0);
  });

  it('are sent even if folders exist at the paths of the locks', async () => {
    for (const place of ['notifications', 'notifications/sending']) {
      mkdirSync(folder.join('state', place, '.lock'), { recursive: true });
    }
    assert.deepEqual((await report([health('shop', problem('database-damaged'))])).problems, []);
    assert.deepEqual(sentMessages(), ['trouble: shop database-damaged | ']);
  });

  it('report thirty damaged projects in one message, and their repair in another', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `project-${String(index)}`);
    await report(names.map((name) => health(name, problem('database-damaged'))));
    await report(names.map((name) => health(name)));
    assert.deepEqual(
      receiver.documents().map(({ kind, troubles, over }) => [kind, lengthOf(troubles), lengthOf(over)]),
      [
        ['trouble', 30, 0],
        ['over', 0, 30],
      ],
    );
  });

  it('report new and resolved incidents in the same message', async () => {
    await report([health('shop', problem('replication-failed', 'disk')), health('blog')]);
    await report([health('shop', problem('replication-failed', 'cloud')), health('blog', problem('backup-failed'))]);
    assert.deepEqual(sentMessages().slice(1), [
      'trouble: blog backup-failed, shop replication-failed cloud | shop replication-failed disk',
    ]);
  });

  it('leave the incidents of unchecked projects open', async () => {
    await report([health('shop', problem('backup-failed')), health('blog')]);
    await report([health('blog')]);
    await report([]);
    assert.equal(receiver.received.length, 1);
    assert.equal(notifyStatus(webhookPolicy(), ports()).open.length, 1);
  });

  it('recognize a project that was found through a link', async () => {
    mkdirSync(folder.join('shop'));
    symlinkSync(folder.join('shop'), folder.join('link'));
    const damaged = { ...health('shop', problem('database-damaged')), project: testProject(folder.join('shop')) };
    await report([damaged]);
    await report([{ ...damaged, project: testProject(folder.join('link')) }]);
    assert.equal(receiver.received.length, 1);
  });

  it('forget the incidents of a project that was not checked for a week', async () => {
    await report([health('shop', problem('project-gone'))]);
    nowMs += 6 * DAY_MS;
    await report([health('blog')]);
    assert.equal(notifyStatus(webhookPolicy(), ports()).open.length, 1);
    nowMs += 2 * DAY_MS;
    await report([health('blog')]);
    assert.equal(notifyStatus(webhookPolicy(), ports()).open.length, 0);
    assert.equal(receiver.received.length, 1);
  });

  it('retry a refused message at increasing intervals until it is accepted', async () => {
    receiver.respond = (response) => response.writeHead(500).end();
    const damaged = health('shop', problem('database-damaged'));
    const attemptMinutes: number[] = [];
    for (let minute = 0; minute <= 20; minute += 1) {
      if ((await report([damaged])).problems.length > 0) attemptMinutes.push(minute);
      nowMs += MINUTE_MS;
    }
    assert.deepEqual(attemptMinutes, [0, 1, 3, 7, 15]);
    const [channel] = notifyStatus(webhookPolicy(), ports()).channels;
    assert.equal(channel?.failures, 5);
    assert.match(channel.problem ?? '', /it responded with 500/);
    receiver.respond = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([damaged]);
    await report([damaged]);
    assert.deepEqual(sentMessages(), ['trouble: shop database-damaged | ']);
    assert.equal(notifyStatus(webhookPolicy(), ports()).channels[0]?.failures, 0);
  });

  it('are retried at once when the clock was set far back', async () => {
    receiver.respond = (response) => response.writeHead(500).end();
    await report([health('shop', problem('backup-failed'))]);
    nowMs -= 30 * DAY_MS;
    await report([health('shop', problem('backup-failed'))]);
    assert.equal(receiver.received.length, 2);
  });

  it('omit an incident that is resolved before it was reported', async () => {
    receiver.respond = (response) => response.writeHead(503).end();
    await report([health('shop', problem('backup-failed'))]);
    receiver.respond = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([health('shop')]);
    assert.deepEqual(sentMessages(), []);
    assert.deepEqual(notifyStatus(webhookPolicy(), ports()).open, []);
  });

  it('omit an incident that reopens before its resolution was reported', async () => {
    const failed = health('shop', problem('backup-failed'));
    await report([failed]);
    receiver.respond = (response) => response.writeHead(503).end();
    await report([health('shop')]);
    receiver.respond = (response) => response.end();
    nowMs += DAY_MS;
    receiver.received.length = 0;
    await report([failed]);
    assert.deepEqual(sentMessages(), []);
  });

  it('reach each channel independently of the others', async () => {
    receiver.respond = (response, { path }) => response.writeHead(path === '/broken' ? 500 : 200).end();
    const policy = webhookPolicy('/broken');
    const damaged = health('shop', problem('database-damaged'));
    await report([damaged], policy);
    nowMs += 10 * MINUTE_MS;
    receiver.respond = (response) => response.end();
    await report([damaged], policy);
    await report([damaged], policy);
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/broken', '/broken', '/hook']);
  });

  it('report open incidents to a new channel', async () => {
    const damaged = health('shop', problem('database-damaged'));
    await report([damaged]);
    await report([damaged], webhookPolicy('/second'));
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/hook', '/second'],
    );
  });

  it('time out on a receiver that hangs, and are retried later', async () => {
    receiver.respond = () => undefined;
    const damaged = health('shop', problem('database-damaged'));
    const { sent, problems } = await report([damaged], webhookPolicy(), 200);
    assert.deepEqual(sent, []);
    assert.match(problems.join(), /did not accept the message: no answer within 0\.2 seconds/);
    receiver.respond = (response) => response.end();
    nowMs += 2 * MINUTE_MS;
    assert.equal((await report([damaged])).sent.length, 1);
  });

  it('do not wait for the end of an endless response', async () => {
    receiver.respond = (response) => response.writeHead(200).write('x');
    assert.equal((await report([health('shop', problem('backup-failed'))])).sent.length, 1);
  });

  it('do not follow a redirect', async () => {
    receiver.respond = (response) => response.writeHead(307, { Location: `${receiver.url}/elsewhere` }).end();
    const { problems } = await report([health('shop', problem('backup-failed'))]);
    assert.match(problems.join(), /it redirects \(307\)\. Configure the final address/);
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/hook'],
    );
  });

  it('are not delayed by a process without the address', async () => {
    const secret = { url: undefined, urlVariable: 'CHAT_HOOK' };
    const policy = { ...webhookPolicy(), webhooks: [secret], ping: secret };
    const damaged = health('shop', problem('database-damaged'));
    for (let time = 0; time < 3; time += 1) await report([damaged], policy);
    assert.match(notifyStatus(policy, ports()).channels[0]?.problem ?? '', /CHAT_HOOK is not set/);
    environment.CHAT_HOOK = receiver.url;
    assert.equal((await report([damaged], policy)).sent.length, 2);
    assert.equal(notifyStatus(policy, ports()).channels[0]?.problem, undefined);
  });

  it('show only the variable of a secret address', async () => {
    const secret = { url: undefined, urlVariable: 'CHAT_HOOK' };
    const policy = { ...webhookPolicy(), webhooks: [secret], ping: secret };
    const damaged = health('shop', problem('database-damaged'));
    const missing = await report([damaged], policy);
    assert.match(missing.problems.join(), /webhook \$CHAT_HOOK: The address is missing: .* CHAT_HOOK is not set/);
    for (const address of [
      'http://127.0.0.1:1/top-secret',
      'not an address, top-secret',
      `${receiver.url}/top-secret`,
    ]) {
      receiver.respond = (response) => response.writeHead(404).end('top-secret');
      environment.CHAT_HOOK = address;
      nowMs += DAY_MS;
      const { problems } = await report([damaged], policy);
      assert.equal(problems.length, 2, address);
      assert.doesNotMatch(problems.join(), /top-secret|127\.0\.0\.1/);
    }
    assert.doesNotMatch(readFileSync(folder.join('state', 'notifications.json'), 'utf8'), /top-secret|127\.0\.0\.1/);
  });

  it('ping once a minute, and at once when the first incident opens or the last is resolved', async () => {
    await report([health('shop')], pingPolicy());
    await report([health('shop')], pingPolicy());
    nowMs += MINUTE_MS;
    await report([health('shop')], pingPolicy());
    await report([health('shop', problem('backup-failed'))], pingPolicy());
    await report([health('blog')], pingPolicy());
    await report([health('shop')], pingPolicy());
    assert.deepEqual(
      receiver.received.map(({ method, path }) => `${method} ${path}`),
      ['GET /ping?a=1', 'GET /ping?a=1', 'POST /ping/fail?a=1', 'GET /ping?a=1'],
    );
    assert.match(receiver.received[2]?.body ?? '', /^New:\n\nshop: a backup failed/);
  });

  it('test a ping with the open incidents and the other channels with a test message', async () => {
    const policy = { ...pingPolicy(), webhooks: webhookPolicy().webhooks };
    assert.deepEqual(
      (await testChannels(policy, ports())).map(({ problem }) => problem),
      [undefined, undefined],
    );
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/hook', '/ping?a=1']);
    await report([health('shop', problem('backup-failed'))], policy);
    receiver.received.length = 0;
    receiver.respond = (response) => response.writeHead(500).end();
    const tests = await testChannels(policy, ports());
    assert.ok(tests.every(({ problem }) => problem?.includes('it responded with 500')));
    assert.deepEqual(receiver.received.map(({ path }) => path).toSorted(), ['/hook', '/ping/fail?a=1']);
    const { kind, troubles } = JSON.parse(receiver.received.find(({ path }) => path === '/hook')?.body ?? '') as Record<
      string,
      unknown
    >;
    assert.deepEqual([kind, troubles], ['test', []]);
  });

  it('create no state folder without a channel', async () => {
    await report([health('shop', problem('backup-failed'))], { ...webhookPolicy(), webhooks: [] });
    assert.equal(existsSync(folder.join('state')), false);
  });

  it('start over with an invalid record', async () => {
    const damaged = health('shop', problem('database-damaged'));
    for (const text of ['', '{', '[]', '7', '{"troubles": [7, {"project": 1}], "channels": [{}, 3]}']) {
      receiver.received.length = 0;
      mkdirSync(folder.join('state'), { recursive: true });
      writeFileSync(folder.join('state', 'notifications.json'), text);
      assert.deepEqual((await report([damaged])).problems, []);
      assert.equal(receiver.received.length, 1, text);
    }
  });

  it('are recorded under the keys that other versions read', async () => {
    const policy = { ...webhookPolicy(), ping: pingPolicy().ping };
    await report([health('shop', problem('database-damaged'))], policy);
    receiver.respond = (response) => response.writeHead(500).end();
    await report([health('shop')], policy);
    const text = readFileSync(folder.join('state', 'notifications.json'), 'utf8');
    const { troubles, channels } = JSON.parse(text) as Record<'troubles' | 'channels', object>;
    const [incident = {}] = Object.values(troubles) as object[];
    const keys = ['project', 'code', 'subject', 'severity', 'message', 'since', 'seenAt', 'overAt', 'toldTo'];
    assert.deepEqual(Object.keys(incident), keys);
    const ping = Object.entries(channels).find(([id]) => id.startsWith('ping-'))?.[1] as object;
    assert.ok('saidWell' in ping);
  });

  it('leave no file except the record', async () => {
    writeLeftovers();
    await report([health('shop', problem('database-damaged'))]);
    assert.deepEqual(readdirSync(folder.join('state')).toSorted(), ['notifications', 'notifications.json']);
    assert.deepEqual(readdirSync(folder.join('state', 'notifications')), ['sending']);
    assert.deepEqual(readdirSync(folder.join('state', 'notifications', 'sending')), []);
  });

  function writeLeftovers(): void {
    mkdirSync(folder.join('state', 'notifications'), { recursive: true });
    writeFileSync(folder.join('state', '.tmp-notifications.json'), '{');
    writeFileSync(folder.join('state', 'notifications', '.lock-new-1-a-b'), '{');
  }

  it('are sent at most once an hour on a full disk', async function () {
    const state = folder.join('full');
    const mountProblem = disk.mount(state, 'size=64k');
    if (mountProblem !== undefined) this.skip();
    environment.FEATURE_BACKUPS_STATE = state;
    try {
      await report([health('shop')], pingPolicy());
      fill(`${state}/ballast`);
      receiver.received.length = 0;
      const failed = health('shop', problem('backup-failed'));
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

  it('keep an incident open if it could not be checked, without repeating it', async () => {
    await report([health('shop', problem('database-damaged'), problem('drill-failed'))]);
    const unusable = { ...health('shop', problem('store-unusable')), undetermined: ALL_BUT_STORE_UNUSABLE };
    await report([unusable]);
    const busy = { ...health('shop', problem('drill-failed')), undetermined: ['database-damaged'] as const };
    await report([busy]);
    await report([health('shop', problem('database-damaged'), problem('drill-failed'))]);
    await report([health('shop')]);
    assert.deepEqual(sentMessages(), [
      'trouble: shop database-damaged, shop drill-failed | ',
      'trouble: shop store-unusable | ',
      'over:  | shop store-unusable',
      'over:  | shop database-damaged, shop drill-failed',
    ]);
  });

  it('return a problem if the record cannot be written', async () => {
    writeFileSync(folder.join('file'), '');
    const damaged = health('shop', problem('database-damaged'));
    for (const state of [folder.join('file'), folder.join('file', 'below')]) {
      environment = { FEATURE_BACKUPS_STATE: state };
      const { sent, problems } = await report([damaged]);
      assert.deepEqual(sent, []);
      assert.ok(problems.length > 0, state);
    }
    environment = {};
    assert.match((await report([damaged])).problems.join(), /Could not determine the state folder/);
  });
});

function health(name: string, ...problems: HealthProblem[]): ProjectHealth {
  return { project: testProject(`/projects/${name}`), summary: undefined, problems };
}

function problem(code: HealthProblemCode, subject = ''): HealthProblem {
  const severity = code === 'project-gone' ? 'warning' : 'critical';
  return healthProblem({ code, severity, subject, what: [`It is ${code}`] });
}

function lengthOf(list: unknown): number {
  assert.ok(Array.isArray(list));
  return list.length;
}
