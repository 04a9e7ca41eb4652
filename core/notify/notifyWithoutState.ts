import { join } from 'node:path';
import { userStateFolder, type Ports } from '../system/index.js';
import { NO_REQUEST_SENT, attempt, notificationOf, reportOf, combineReports, type NotifyReport } from './attempt.js';
import type { Channel } from './channels.js';
import { dueFor, mergeFindings, type Finding } from './planMessages.js';
import { readNotifyState } from './stateFile.js';

/** Empty: only its time counts, which can be set where nothing can be written. */
const MARK = 'notifications-unrecorded';
const HOUR_MS = 3_600_000;

/**
 * For a disk that is full, which is when backups fail: nothing can be noted, and still somebody is to hear of it. Tells
 * what is new, at most once an hour whoever reports; where not even that can be made sure of, it tells nothing.
 */
export async function notifyWithoutState(
  findings: readonly Finding[],
  channels: readonly Channel[],
  ports: Ports,
  timeoutMs: number,
): Promise<NotifyReport> {
  if (findings.every(({ problems: incidents }) => incidents.length === 0) || !markHour(ports)) return NO_REQUEST_SENT;
  const ids = channels.map(({ id }) => id);
  const state = mergeFindings(readNotifyState(ports), findings, ids, ports.now());
  const reports = channels.map(async ({ id, name, send }) => {
    const { opened: message } = dueFor(id, state);
    if (message.length === 0) return NO_REQUEST_SENT;
    const notification = notificationOf({ opened: message, resolved: [] }, state, ports);
    return reportOf(name, await attempt(() => send(notification, ports, timeoutMs)));
  });
  return combineReports(await Promise.all(reports));
}

/** Takes this hour for a message that is not noted; false where it is taken. */
export function markHour(ports: Ports): boolean {
  const path = join(userStateFolder(ports.environment), MARK);
  const { files } = ports;
  const nowDate = ports.now();
  const last = files.statSync(path, { throwIfNoEntry: false });
  if (last !== undefined && Math.abs(nowDate.getTime() - last.mtimeMs) < HOUR_MS) return false;
  // An empty file needs no room on the disk, and a time neither.
  files.closeSync(files.openSync(path, 'a', 0o600));
  files.utimesSync(path, nowDate, nowDate);
  return true;
}
