import { join } from 'node:path';
import {
  asBackupError,
  parseJson,
  readSmallFile,
  asRecord,
  removeQuietly,
  replaceFile,
  sweepLockFiles,
  userStateFolder,
  withStoreLock,
  type Ports,
} from '../system/index.js';
import { PROBLEM_CODES } from '../health/index.js';
import type { ChannelRecord, NotifyState, Incident } from './incident.js';

const FILE = 'notifications.json';
const TEMPORARY_FILE = '.tmp-notifications.json';
/** Contains the lock for changes; its subfolder contains the lock for sending, which takes longer. */
const LOCK_FOLDER = 'notifications';
const SENDING_FOLDER = 'sending';
const MAX_BYTES = 8 * 1024 * 1024;

const EMPTY: NotifyState = { incidents: [], channels: {} };

/** Empty if the file is missing or invalid: open incidents are then reported again. */
export function readNotifyState(ports: Ports): NotifyState {
  const path = join(userStateFolder(ports.environment), FILE);
  try {
    const text = readSmallFile(path, MAX_BYTES, ports.files)?.toString('utf8');
    return text === undefined ? EMPTY : parseState(text);
  } catch (error) {
    throw asBackupError(error, 'read the record of notifications', path);
  }
}

/** Changes the record under its lock and returns it. An unchanged record is not written. */
export async function changeNotifyState(
  ports: Ports,
  change: (state: NotifyState) => NotifyState,
): Promise<NotifyState> {
  const folder = userStateFolder(ports.environment);
  const path = join(folder, FILE);
  return await withNotifyLock(join(folder, LOCK_FOLDER), ports, undefined, (assertHeld) => {
    const before = readNotifyState(ports);
    const after = change(before);
    const content = formatState(after);
    if (content === formatState(before)) return after;
    const temporaryPath = join(folder, TEMPORARY_FILE);
    assertHeld();
    // A killed process may have left it.
    removeQuietly(temporaryPath, ports.files);
    replaceFile(path, temporaryPath, Buffer.from(content), ports.files);
    return after;
  });
}

/** Longer than another process can take to send a message. */
const WAIT_FOR_SENDER_MS = 90_000;

/** Runs `work` while no other process sends, so nothing is sent twice. */
export async function withSendingLock<T>(ports: Ports, work: () => Promise<T>): Promise<T> {
  const folder = join(userStateFolder(ports.environment), LOCK_FOLDER, SENDING_FOLDER);
  return await withNotifyLock(folder, ports, WAIT_FOR_SENDER_MS, work);
}

async function withNotifyLock<T>(
  folder: string,
  ports: Ports,
  timeoutMs: number | undefined,
  work: (assertHeld: () => void) => T | Promise<T>,
): Promise<T> {
  try {
    ports.files.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await withStoreLock(
      folder,
      ports,
      (lock) => {
        sweepLockFiles(folder, ports.files.readdirSync(folder), ports.files);
        return work(() => {
          lock.assertHeld();
        });
      },
      { timeoutMs, name: 'the record of notifications' },
    );
  } catch (error) {
    throw asBackupError(error, 'record notifications', folder);
  }
}

function formatState({ incidents, channels }: NotifyState): string {
  const troubles = incidents.map(({ resolvedAt: overAt, reportedTo: toldTo, ...rest }) => ({
    ...rest,
    overAt,
    toldTo,
  }));
  const records = Object.entries(channels).map(
    ([id, { reportedHealthy: saidWell, ...rest }]) => [id, { ...rest, saidWell }] as const,
  );
  return `${JSON.stringify({ format: 1, troubles, channels: Object.fromEntries(records) }, null, 2)}\n`;
}

function parseState(text: string): NotifyState {
  const { troubles, channels } = asRecord(parseJson(text));
  return {
    incidents: Array.isArray(troubles) ? troubles.flatMap(parseIncident) : [],
    channels: Object.fromEntries(Object.entries(asRecord(channels)).map(([id, value]) => [id, parseChannel(value)])),
  };
}

function parseIncident(value: unknown): readonly Incident[] {
  const record = asRecord(value);
  const { project, code: codeText, subject, severity, message, since, seenAt } = record;
  const { overAt: resolvedAt, toldTo: reportedTo } = record;
  const code = PROBLEM_CODES.find((known) => known === codeText);
  if (code === undefined || typeof project !== 'string' || typeof subject !== 'string') return [];
  if (typeof message !== 'string' || !isTime(since) || !isTime(seenAt) || !Array.isArray(reportedTo)) return [];
  return [
    {
      project,
      code,
      subject,
      severity: severity === 'warning' ? severity : 'critical',
      message,
      since,
      seenAt,
      resolvedAt: isTime(resolvedAt) ? resolvedAt : undefined,
      reportedTo: reportedTo.filter((channel) => typeof channel === 'string'),
    },
  ];
}

function parseChannel(value: unknown): ChannelRecord {
  const { lastSentAt, nextTryAt, failures, problem, saidWell: reportedHealthy } = asRecord(value);
  return {
    lastSentAt: isTime(lastSentAt) ? lastSentAt : undefined,
    nextTryAt: isTime(nextTryAt) ? nextTryAt : undefined,
    failures: typeof failures === 'number' && Number.isSafeInteger(failures) && failures >= 0 ? failures : 0,
    problem: typeof problem === 'string' ? problem : undefined,
    reportedHealthy: typeof reportedHealthy === 'boolean' ? reportedHealthy : undefined,
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
