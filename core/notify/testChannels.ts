import { hostname } from 'node:os';
import type { Ports } from '../system/index.js';
import type { NotificationPolicy } from '../project/index.js';
import { attempt, notificationOf, type SendOutcome } from './attempt.js';
import { channelsOf, pingOf, type PingChannel } from './channels.js';
import { openIncidents } from './planMessages.js';
import { DEFAULT_TIMEOUT_MS, type ReportOptions } from './notifyProblems.js';
import { readNotifyState } from './stateFile.js';
import type { Notification } from './incident.js';

export interface ChannelTest {
  readonly name: string;
  /** Undefined: sent without problems. */
  readonly problem: string | undefined;
}

/**
 * Sends a test message over every channel of the policy and returns the results. Records nothing. A ping has no test
 * message: it reports the recorded incidents.
 */
export async function testChannels(
  policy: NotificationPolicy,
  ports: Ports,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: ReportOptions = {},
): Promise<readonly ChannelTest[]> {
  const test: Notification = {
    kind: 'test',
    sentAt: ports.now(),
    host: hostname(),
    opened: [],
    resolved: [],
    openCount: 0,
  };
  const ping = pingOf(policy);
  const tests = channelsOf(policy).map(async ({ name, send }) =>
    testOf(name, await attempt(() => send(test, ports, timeoutMs))),
  );
  if (ping !== undefined) tests.push(testPing(ping, ports, timeoutMs));
  return await Promise.all(tests);
}

async function testPing({ name, send }: PingChannel, ports: Ports, timeoutMs: number): Promise<ChannelTest> {
  const outcome = await attempt(async () => {
    const state = readNotifyState(ports);
    const opened = openIncidents(state);
    await send(
      opened.length === 0 ? undefined : notificationOf({ opened, resolved: [] }, state, ports),
      ports,
      timeoutMs,
    );
    return undefined;
  });
  return testOf(name, outcome);
}

function testOf(name: string, { failure, warning }: SendOutcome): ChannelTest {
  return { name, problem: failure ?? warning };
}
