import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Project } from '../../../core/project/project.js';
import { makeAuthority } from '../../support/certificates.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeRepository } from '../../support/gitRepository.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { behindTap, featureServer } from '../../support/mcp/servers.js';
import { folderAt, idsOf, projectWithBackups, provenCopies } from '../../support/replication/copies.js';
import { isFollowUpUnderWay } from '../../support/replication/followUps.js';
import { buildCli, runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

describe('the follow-up', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const receiver = useWebhookReceiver();
  before(() => {
    buildCli();
  });

  const nas = () => folder.join('nas');
  let project: Project;
  beforeEach(async () => {
    project = await projectWithBackups(folder.join('shop'), 1);
    mkdirSync(nas());
    home.configure({ targets: [{ name: 'nas', folder: nas() }] });
  });

  const change = (passing: number): void => {
    sqlite3(project.databasePath, `UPDATE features SET passes = (id <= ${String(passing)})`);
  };
  /** Waits for the background process, up to mocha's time limit. */
  const until = async (isReached: () => boolean): Promise<void> => {
    while (!isReached() || isFollowUpUnderWay(project, home.environment)) await pause(50);
  };
  const copies = (): readonly string[] => (readdirSync(nas()).length === 0 ? [] : provenCopies(folderAt(nas())));

  it('syncs the backup of a git hook', async () => {
    const repository = makeRepository(project.root, home.environment);
    const { code, stderr } = await runCli(['install', 'git'], { cwd: project.root, env: home.environment });
    assert.equal(code, 0, stderr);
    change(5);
    repository.commit('a', '1');
    assert.equal(idsOf(project).length, 2);
    await until(() => copies().length === 2);
    assert.deepEqual(copies(), idsOf(project));
  });

  it('of a commit trusts the certificates in the environment, which the backup does not load', async () => {
    const authority = makeAuthority(folder.path);
    const messages: string[] = [];
    const server = createServer(authority.issue('server'), (request, response) => {
      messages.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      home.configure({
        targets: [{ name: 'nas', folder: folder.join('unplugged') }],
        notifications: { webhooks: [{ url: `https://127.0.0.1:${String(port)}/hook` }] },
      });
      const environment = { ...home.environment, NODE_EXTRA_CA_CERTS: authority.path };
      const repository = makeRepository(project.root, environment);
      await runCli(['install', 'git'], { cwd: project.root, env: home.environment });
      change(5);
      repository.commit('a', '1');
      await until(() => messages.length > 0);
      assert.deepEqual(messages, ['/hook']);
      // Node itself would report a missing file.
      change(6);
      const withoutFile = { NODE_EXTRA_CA_CERTS: folder.join('none') };
      const { stderr } = repository.tryGit(['commit', '--allow-empty', '-m', 'b'], withoutFile);
      assert.doesNotMatch(stderr, /extra certs/);
      assert.match(stderr, /backed up/);
      await until(() => true);
    } finally {
      server.close();
    }
  });

  it('syncs the backup of an agent’s hook', async () => {
    change(5);
    const input = JSON.stringify({
      cwd: project.root,
      hook_event_name: 'PreToolUse',
      tool_name: 'mcp__features__feature_mark_passing',
      tool_input: { feature_id: 6 },
    });
    const run = await runCli(['hook', 'claude'], { cwd: project.root, env: home.environment, input });
    assert.deepEqual(run, { code: 0, signal: null, stdout: '', stderr: '' });
    assert.equal(idsOf(project).length, 2);
    await until(() => copies().length === 2);
    assert.deepEqual(copies(), idsOf(project));
  });

  it('syncs the backups of the tap', async () => {
    change(5);
    const environment = { ...home.environment, PROJECT_DIR: project.root };
    const { client, call } = await connectClient(behindTap(await featureServer()), environment);
    await call('feature_mark_passing', { feature_id: 6 });
    await client.close();
    // The state before the call, and the one after the session.
    await until(() => copies().length === 3);
    assert.deepEqual(copies(), idsOf(project));
  });

  it('reports a failing target once, and once when it is resolved', async () => {
    home.configure({
      targets: [{ name: 'nas', folder: nas() }],
      notifications: { webhooks: [{ url: receiver.url }] },
    });
    const backUp = async (passing: number): Promise<void> => {
      change(passing);
      const { code, stderr } = await runCli(['backup'], { cwd: project.root, env: home.environment });
      assert.equal(code, 0, stderr);
    };
    renameSync(nas(), folder.join('unplugged'));
    await backUp(3);
    await until(() => receiver.received.length === 1);
    await backUp(4);
    await until(() => idsOf(project).length === 3);
    renameSync(folder.join('unplugged'), nas());
    await backUp(5);
    await until(() => receiver.received.length > 1);
    assert.deepEqual(copies(), idsOf(project));
    const messages = receiver.documents().map(({ troubles, over }) => [troubles, over].map(whatOf));
    assert.deepEqual(messages, [
      [['replication-failed nas'], []],
      [[], ['replication-failed nas']],
    ]);
  });
});

function whatOf(troubles: unknown): readonly string[] {
  return (troubles as readonly { readonly code: string; readonly subject: string }[]).map(
    ({ code, subject }) => `${code} ${subject}`,
  );
}
