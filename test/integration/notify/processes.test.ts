import assert from 'node:assert/strict';
import type { NotifyReport } from '../../../core/notify/attempt.js';
import { notifyProblems } from '../../../core/notify/notifyProblems.js';
import { realPorts } from '../../../core/system/ports.js';
import type { NotificationPolicy } from '../../../core/project/project.js';
import type { NotifyOrder } from '../../support/notifyDriver.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

interface Run {
  readonly signal: NodeJS.Signals | null;
  readonly sent: readonly string[];
  readonly problems: readonly string[];
  /** The changes of the file system. */
  readonly calls: readonly string[];
}

describe('processes that report at once, or die', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const receiver = useWebhookReceiver();
  const driver = useBundledScript('notifyDriver.ts');
  let run = 0;

  function policy(): NotificationPolicy {
    const webhooks = [{ url: receiver.url, urlVariable: undefined }];
    return { email: undefined, webhooks, ping: undefined, overdueAfterHours: 24 };
  }

  async function report(order: Partial<NotifyOrder> = {}): Promise<Run> {
    const state = folder.join(`state-${String(run)}`);
    const { signal, stdout } = await driver.start({ policy: policy(), damaged: ['shop'], state, ...order }).ended;
    if (signal !== null) return { signal, sent: [], problems: [], calls: [] };
    return { signal, ...(JSON.parse(stdout) as Omit<Run, 'signal'>) };
  }

  /** The same in this process. */
  async function reportHere(): Promise<NotifyReport> {
    const environment = { FEATURE_BACKUPS_STATE: folder.join(`state-${String(run)}`) };
    const message = 'shop is damaged.';
    const problems = [{ code: 'database-damaged', severity: 'critical', subject: '', message }] as const;
    const health = { project: testProject('/projects/shop'), summary: undefined, problems };
    return await notifyProblems([health], policy(), { ...realPorts(), environment });
  }

  it('send one message for one trouble', async () => {
    // Slow, so that the others come while the first one waits.
    receiver.answer = (response) => setTimeout(() => response.end(), 700);
    const runs = await Promise.all([report(), report(), report(), report()]);
    assert.deepEqual(
      runs.flatMap(({ problems }) => problems),
      [],
    );
    assert.equal(runs.flatMap(({ sent }) => sent).length, 1);
    assert.equal(receiver.received.length, 1);
  });

  it('tell each their own, none lost', async () => {
    receiver.answer = (response) => setTimeout(() => response.end(), 300);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => report({ damaged: [name] })));
    const told = receiver.documents().flatMap(({ troubles }) => troubles as { project: string }[]);
    assert.deepEqual(told.map(({ project }) => project).toSorted(), [
      '/projects/a',
      '/projects/b',
      '/projects/c',
      '/projects/d',
    ]);
  });

  it('killed at any change of a file, leave the trouble to the next one: told at least once and at most twice', async () => {
    const { calls } = await report();
    assert.ok(calls.length > 10);
    const times: number[] = [];
    for (let at = 1; at <= calls.length; at += 1) {
      run += 1;
      receiver.received.length = 0;
      assert.equal((await report({ stop: { at, how: 'kill' } })).signal, 'SIGKILL');
      const next = await reportHere();
      assert.deepEqual(next.problems, [], `killed at ${String(calls[at - 1])}`);
      times.push(receiver.received.length);
      await reportHere();
      assert.equal(receiver.received.length, times.at(-1), `killed at ${String(calls[at - 1])}`);
    }
    assert.ok(
      times.every((count) => count === 1 || count === 2),
      times.join(),
    );
    // Between sending and noting there is no way to know.
    assert.ok(times.includes(2));
    assert.equal(times.at(-1), 1);
  });
});
