import assert from 'node:assert/strict';
import { healthProblem } from '../../../core/health/describeProblem.js';
import type { NotifyReport } from '../../../core/notify/attempt.js';
import { notifyProblems } from '../../../core/notify/notifyProblems.js';
import { realPorts } from '../../../core/system/ports.js';
import type { NotificationPolicy } from '../../../core/project/project.js';
import type { NotifyRequest } from '../../support/notifyDriver.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { useWebhookReceiver } from '../../support/webhookReceiver.js';

interface Run {
  readonly signal: NodeJS.Signals | null;
  readonly sent: readonly string[];
  readonly problems: readonly string[];
  /** Calls that change the file system. */
  readonly calls: readonly string[];
}

describe('notifications from several processes', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const receiver = useWebhookReceiver();
  const driver = useBundledScript('notifyDriver.ts');
  let run = 0;

  function policy(): NotificationPolicy {
    const webhooks = [{ url: receiver.url, urlVariable: undefined }];
    return { email: undefined, webhooks, ping: undefined, overdueAfterHours: 24 };
  }

  async function report(request: Partial<NotifyRequest> = {}): Promise<Run> {
    const state = folder.join(`state-${String(run)}`);
    const { signal, stdout } = await driver.start({ policy: policy(), damaged: ['shop'], state, ...request }).ended;
    if (signal !== null) return { signal, sent: [], problems: [], calls: [] };
    return { signal, ...(JSON.parse(stdout) as Omit<Run, 'signal'>) };
  }

  /** The same in this process. */
  async function reportHere(): Promise<NotifyReport> {
    const environment = { FEATURE_BACKUPS_STATE: folder.join(`state-${String(run)}`) };
    const problems = [healthProblem({ code: 'database-damaged', severity: 'critical', what: ['shop is damaged'] })];
    const health = { project: testProject('/projects/shop'), summary: undefined, problems };
    return await notifyProblems([health], policy(), { ...realPorts(), environment });
  }

  it('are sent once for one incident', async () => {
    // Slow, so the others start while the first one waits.
    receiver.respond = (response) => setTimeout(() => response.end(), 700);
    const runs = await Promise.all([report(), report(), report(), report()]);
    assert.deepEqual(
      runs.flatMap(({ problems }) => problems),
      [],
    );
    assert.equal(runs.flatMap(({ sent }) => sent).length, 1);
    assert.equal(receiver.received.length, 1);
  });

  it('are all sent for different incidents', async () => {
    receiver.respond = (response) => setTimeout(() => response.end(), 300);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => report({ damaged: [name] })));
    const reported = receiver.documents().flatMap(({ troubles }) => troubles as { project: string }[]);
    assert.deepEqual(reported.map(({ project }) => project).toSorted(), [
      '/projects/a',
      '/projects/b',
      '/projects/c',
      '/projects/d',
    ]);
  });

  it('are sent once or twice if a process is killed at any file change', async () => {
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
    // Killed between sending and recording: the next process cannot know that it was sent.
    assert.ok(times.includes(2));
    assert.equal(times.at(-1), 1);
  });
});
