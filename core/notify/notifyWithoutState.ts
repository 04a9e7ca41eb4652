import { join } from 'node:path';
import { userStateFolder, type Ports } from '../system/index.js';
import { NOTHING_SENT, attempt, notificationOf, reportOf, combineReports, type NotifyReport } from './attempt.js';
import type { Channel } from './channels.js';
import { dueFor, mergeFindings, type Finding } from './planMessages.js';
import { readNotifyState } from './stateFile.js';

/** An empty file: its modification time can be set even on a full disk. */
const HOUR_FILE = 'notifications-unrecorded';
const HOUR_MS = 3_600_000;

/**
 * Used when the disk is full: backups fail, and nothing can be recorded. Reports new incidents at most once an hour
 * across all processes; sends nothing if that limit cannot be enforced.
 */
export async function notifyWithoutState(
  findings: readonly Finding[],
  channels: readonly Channel[],
  ports: Ports,
  timeoutMs: number,
): Promise<NotifyReport> {
  if (findings.every(({ problems }) => problems.length === 0) || !claimHour(ports)) return NOTHING_SENT;
  const ids = channels.map(({ id }) => id);
  const state = mergeFindings(readNotifyState(ports), findings, ids, ports.now());
  const reports = channels.map(async ({ id, name, send }) => {
    const { opened } = dueFor(id, state);
    if (opened.length === 0) return NOTHING_SENT;
    const notification = notificationOf({ opened, resolved: [] }, state, ports);
    return reportOf(name, await attempt(() => send(notification, ports, timeoutMs)));
  });
  return combineReports(await Promise.all(reports));
}

/** Claims this hour for a message that cannot be recorded; false if it is already claimed. */
export function claimHour(ports: Ports): boolean {
  const path = join(userStateFolder(ports.environment), HOUR_FILE);
  const { files } = ports;
  const nowDate = ports.now();
  const last = files.statSync(path, { throwIfNoEntry: false });
  if (last !== undefined && Math.abs(nowDate.getTime() - last.mtimeMs) < HOUR_MS) return false;
  files.closeSync(files.openSync(path, 'a', 0o600));
  files.utimesSync(path, nowDate, nowDate);
  return true;
}
