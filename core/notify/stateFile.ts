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

const EMPTY: NotifyState = { troubles: [], channels: {} };

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
  return await locked(join(folder, LOCK_FOLDER), ports, undefined, (assertHeld) => {
    const before = readNotifyState(ports);
    const after = change(before);
    const content = formatState(after);
    if (content === formatState(before)) return after;
    const temporaryPath = join(folder, TEMPORARY_FILE);
    assertHeld();
    // Left by a killed process.
    removeQuietly(temporaryPath, ports.files);
    replaceFile(path, temporaryPath, Buffer.from(content), ports.files);
    return after;
  });
}

/** Longer than any message of another process can take. */
const WAIT_FOR_SENDER_MS = 90_000;

/** Runs `work` while no other process sends, so nothing is sent twice. */
export async function whileSending<T>(ports: Ports, work: () => Promise<T>): Promise<T> {
  const folder = join(userStateFolder(ports.environment), LOCK_FOLDER, SENDING_FOLDER);
  return await locked(folder, ports, WAIT_FOR_SENDER_MS, work);
}

async function locked<T>(
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
      { timeoutMs },
    );
  } catch (error) {
    throw asBackupError(error, 'record notifications', folder);
  }
}

function formatState({ troubles, channels }: NotifyState): string {
  return `${JSON.stringify({ format: 1, troubles, channels }, null, 2)}\n`;
}

function parseState(text: string): NotifyState {
  const { troubles, channels } = asRecord(parseJson(text));
  return {
    troubles: Array.isArray(troubles) ? troubles.flatMap(parseIncident) : [],
    channels: Object.fromEntries(Object.entries(asRecord(channels)).map(([id, value]) => [id, parseChannel(value)])),
  };
}

function parseIncident(value: unknown): readonly Incident[] {
  const { project, code: codeText, subject, severity, message, since, seenAt, overAt, toldTo } = asRecord(value);
  const code = PROBLEM_CODES.find((known) => known === codeText);
  if (code === undefined || typeof project !== 'string' || typeof subject !== 'string') return [];
  if (typeof message !== 'string' || !isTime(since) || !isTime(seenAt) || !Array.isArray(toldTo)) return [];
  return [
    {
      project,
      code,
      subject,
      severity: severity === 'warning' ? severity : 'critical',
      message,
      since,
      seenAt,
      overAt: isTime(overAt) ? overAt : undefined,
      toldTo: toldTo.filter((channel) => typeof channel === 'string'),
    },
  ];
}

function parseChannel(value: unknown): ChannelRecord {
  const { lastSentAt, nextTryAt, failures, problem, saidWell } = asRecord(value);
  return {
    lastSentAt: isTime(lastSentAt) ? lastSentAt : undefined,
    nextTryAt: isTime(nextTryAt) ? nextTryAt : undefined,
    failures: typeof failures === 'number' && Number.isSafeInteger(failures) && failures >= 0 ? failures : 0,
    problem: typeof problem === 'string' ? problem : undefined,
    saidWell: typeof saidWell === 'boolean' ? saidWell : undefined,
  };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
