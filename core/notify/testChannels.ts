import { hostname } from 'node:os';
import type { Ports } from '../system/index.js';
import type { NotificationPolicy } from '../project/index.js';
import { attempt, notificationOf, type Outcome } from './attempt.js';
import { channelsOf, pingOf, type PingChannel } from './channels.js';
import { openIncidents } from './planMessages.js';
import { DEFAULT_TIMEOUT_MS, type ReportOptions } from './notifyProblems.js';
import { readNotifyState } from './stateFile.js';
import type { Notification } from './incident.js';

export interface ChannelTest {
  readonly name: string;
  /** Undefined: the message was taken as it should be. */
  readonly problem: string | undefined;
}

/**
 * Sends a test message over every channel of the policy, now, and says for each what happened. Notes nothing. A ping has
 * no test message: it says what is noted, that all is well or that it is not.
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
    troubles: [],
    over: [],
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
    const message = openIncidents(state);
    await send(
      message.length === 0 ? undefined : notificationOf({ opened: message, resolved: [] }, state, ports),
      ports,
      timeoutMs,
    );
    return undefined;
  });
  return testOf(name, outcome);
}

function testOf(name: string, { failure, flaw }: Outcome): ChannelTest {
  return { name, problem: failure ?? flaw };
}
