import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { compare, listBackups } from '../../../core/engine.js';
import { connectClient, type ConnectedClient } from '../../support/mcp/mcpClient.js';
import { behindTap, everythingServer, featureServer } from '../../support/mcp/servers.js';
import { proveBackups } from '../../support/mcp/wholeBackups.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a complete session through the tap', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it('is identical to one without the tap, on the feature server', async () => {
    const server = await featureServer();
    const sessions = [];
    for (const [name, command] of [
      ['direct', server],
      ['tapped', behindTap(server)],
    ] as const) {
      const project = folder.join(name);
      mkdirSync(project);
      const connected = await connectClient(command, { PROJECT_DIR: project });
      sessions.push(await featureSession(connected));
      await connected.client.close();
    }
    assert.deepEqual(sessions[1], sessions[0]);
    // The errors for a missing feature and a missing tool.
    assert.equal(JSON.stringify(sessions[0]).match(/\\"error\\"/g)?.length, 2);
    const difference = await compare(folder.join('tapped'), 'latest', 'live');
    assert.deepEqual([difference.comparison.added, difference.comparison.changed], [[], []]);
  });

  it('is identical to one without the tap, on the SDK’s example server', async () => {
    const sessions = [];
    for (const command of [everythingServer(), behindTap(everythingServer())]) {
      const connected = await connectClient(command, {});
      sessions.push(await everythingSession(connected));
      await connected.client.close();
    }
    assert.deepEqual(sessions[1], sessions[0]);
  });

  it('has a backup before each write, with tool and feature recorded', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 10, passing: 0 });
    const { client, call } = await connectClient(behindTap(await featureServer()), { PROJECT_DIR: folder.path });
    await call('feature_get_stats');
    await call('feature_mark_passing', { feature_id: 4 });
    await call('feature_create', { category: 'secret-category', name: 'n', description: 'd', steps: ['s'] });
    await call('feature_get_by_id', { feature_id: 4 });
    await client.close();

    const { backups } = await listBackups(folder.path);
    assert.deepEqual(
      backups.map(({ reason, counts }) => [reason, counts.total, counts.passing]),
      [
        ['after_session', 11, 1],
        ['before_feature_create', 10, 1],
        ['before_mark_passing', 10, 0],
      ],
    );
    const events = backups.map(({ metadata }) =>
      metadata?.events.map(({ source, tool, detail }) => ({ source, tool, detail })),
    );
    assert.deepEqual(events[2], [{ source: 'mcp', tool: 'feature_mark_passing', detail: 'feature 4' }]);
    assert.ok(!JSON.stringify(backups).includes('secret-category'));
    assert.equal(proveBackups(folder.path), 3);
  });

  it('has each of several writes that are sent at once in the backup before the next one', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 10, passing: 0 });
    const { client, call } = await connectClient(behindTap(await featureServer()), { PROJECT_DIR: folder.path });
    await call('feature_get_stats');
    await Promise.all([1, 2, 3].map(async (id) => await call('feature_mark_passing', { feature_id: id })));
    await client.close();
    const { backups } = await listBackups(folder.path);
    assert.deepEqual(
      backups.map(({ reason, counts, metadata }) => [reason, counts.passing, metadata?.events[0]?.detail]),
      [
        ['after_session', 3, undefined],
        ['before_mark_passing', 2, 'feature 3'],
        ['before_mark_passing', 1, 'feature 2'],
        ['before_mark_passing', 0, 'feature 1'],
      ],
    );
  });

  it('backs up before an unknown tool, but not before one marked read-only', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 0 });
    const { client, call } = await connectClient(behindTap(everythingServer(), '--project', folder.path), {});
    await call('echo', { message: 'hi' });
    const before = await listBackups(folder.path);
    const { tools } = await client.listTools();
    const readOnly = tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name);
    assert.ok(readOnly.includes('get-sum') && !readOnly.includes('toggle-subscriber-updates'), readOnly.join());
    await call('get-sum', { a: 1, b: 2 });
    await call('toggle-subscriber-updates');
    await client.close();
    const after = await listBackups(folder.path);
    assert.equal(before.backups[0]?.reason, 'before_echo');
    const reasons = after.backups.flatMap(({ metadata }) => metadata?.events.map(({ reason }) => reason) ?? []);
    assert.equal(reasons.includes('before_get_sum'), false);
    assert.equal(reasons.includes('before_toggle_subscriber_updates'), true, reasons.join());
  });

  it('backs up after a pause in writing, while the session continues', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 0 });
    const { client, call } = await connectClient(behindTap(await featureServer()), { PROJECT_DIR: folder.path });
    await call('feature_mark_passing', { feature_id: 1 });
    for (;;) {
      const { newest } = await listBackups(folder.path);
      if (newest?.reason === 'after_session') {
        assert.equal(newest.counts.passing, 1);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await client.close();
  });

  it('makes one backup for a call that is retried with another id', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 1 });
    const { client, call } = await connectClient(behindTap(await featureServer()), { PROJECT_DIR: folder.path });
    for (let attempt = 0; attempt < 3; attempt++) await call('feature_mark_passing', { feature_id: 99 });
    await client.close();
    const { backups } = await listBackups(folder.path);
    assert.equal(backups.length, 1);
    assert.equal(backups[0]?.metadata?.events.filter(({ tool }) => tool === 'feature_mark_passing').length, 3);
  });
});

async function featureSession({ client, call }: ConnectedClient): Promise<unknown[]> {
  const features = [1, 2, 3, 4].map((n) => ({
    category: 'c',
    name: `Größe ${n} 👩‍🚀`,
    description: 'x'.repeat(3000),
    steps: ['a', 'b'],
  }));
  const results: unknown[] = [client.getServerCapabilities(), client.getServerVersion(), await client.listTools()];
  results.push(await call('feature_create_bulk', { features }));
  results.push(await call('feature_create', { category: 'c', name: 'five', description: 'd', steps: [] }));
  results.push(await call('feature_add_dependency', { feature_id: 2, dependency_id: 1 }));
  results.push(await call('feature_set_dependencies', { feature_id: 3, dependency_ids: [1, 2] }));
  results.push(await call('feature_remove_dependency', { feature_id: 3, dependency_id: 1 }));
  results.push(await call('feature_claim_and_get', { feature_id: 1 }));
  results.push(await call('feature_mark_passing', { feature_id: 1 }));
  results.push(await call('feature_mark_in_progress', { feature_id: 2 }));
  results.push(await call('feature_clear_in_progress', { feature_id: 2 }));
  results.push(await call('feature_mark_failing', { feature_id: 1 }));
  results.push(await call('feature_skip', { feature_id: 4 }));
  results.push(await call('feature_request_human_input', { feature_id: 5, prompt: 'which?' }));
  results.push(await call('feature_mark_passing', { feature_id: 77 }));
  // Pipelined: reads and writes in flight at the same time keep their order.
  results.push(
    await Promise.all([
      call('feature_get_stats'),
      call('feature_mark_passing', { feature_id: 2 }),
      call('feature_get_stats'),
      call('feature_mark_failing', { feature_id: 2 }),
      call('feature_get_stats'),
    ]),
  );
  for (const name of ['feature_get_stats', 'feature_get_ready', 'feature_get_blocked', 'feature_get_graph'])
    results.push(await call(name));
  for (const name of ['feature_get_by_id', 'feature_get_summary']) results.push(await call(name, { feature_id: 3 }));
  results.push(await call('ask_user', { questions: ['?'] }), await call('no_such_tool').catch(String));
  return results;
}

async function everythingSession({ client, call }: ConnectedClient): Promise<unknown[]> {
  const progress: number[] = [];
  return [
    client.getServerCapabilities(),
    client.getInstructions(),
    await client.listTools(),
    await client.listPrompts(),
    await client.listResources(),
    await client.ping(),
    await call('echo', { message: 'Grüße 👋' }),
    await call('get-sum', { a: 2, b: 3 }),
    await call('get-tiny-image'),
    await call('get-structured-content', { location: 'Chicago' }).catch(String),
    await client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 0.5, steps: 5 } },
      undefined,
      {
        onprogress: (step) => progress.push(step.progress),
      },
    ),
    // The SDK's client drops a progress step that arrives in one chunk with the result.
    progress.length > 0 && progress.every((step, index) => step === index + 1),
    await client.setLoggingLevel('error'),
  ];
}
