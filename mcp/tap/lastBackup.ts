import { asRecord, parseJson, processStatus, realPorts, systemOf } from '../../core/system/index.js';
import { backUpProjects, placesOf } from './backUpProjects.js';

/**
 * Runs in a process that outlives the tap: backs up what the session wrote last, once its server has ended. A failure
 * is recorded for `status`. `request`: a `LastBackupRequest` as JSON.
 */
export async function backUpAfterSession(request: string | undefined): Promise<void> {
  const { project, folder, serverPid } = asRecord(parseJson(request ?? ''));
  if (typeof folder !== 'string') return;
  if (typeof serverPid === 'number') await waitForEnd(serverPid);
  const places = placesOf(typeof project === 'string' ? project : undefined, folder);
  const trigger = { source: 'mcp', reason: 'after_session' } as const;
  await backUpProjects(places, trigger, { lockTimeoutMs: LOCK_TIMEOUT_MS });
}

/** Long, because no one waits for this process, and several sessions can end at once. */
const LOCK_TIMEOUT_MS = 60_000;

/** Waits until the server has ended: it may still be writing. Not for long, because another may get its process id. */
async function waitForEnd(pid: number): Promise<void> {
  const ports = realPorts();
  const { isRunning, monotonicMs, pause } = systemOf(ports);
  const deadlineMs = monotonicMs() + SERVER_END_MS;
  while (monotonicMs() < deadlineMs && isRunning(pid) && processStatus(pid, ports.files)?.ended !== true) {
    await pause(POLL_MS);
  }
}

/** The tap, or its watchdog, ends a server within this time. */
const SERVER_END_MS = 5000;
const POLL_MS = 20;
