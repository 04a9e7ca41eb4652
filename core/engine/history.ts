import type { HistoryVerification } from '../history/verifyHistory.js';
import type { Backup, History } from '../store/types.js';
import { openProject, portsOf, type EngineOptions, type ProjectReference } from './foundation.js';

/** The states that were folded into the history, newest first, and what of it cannot be read. */
export async function listHistory(project?: ProjectReference, options: EngineOptions = {}): Promise<History> {
  const found = await openProject(project, options);
  const history = await import('../history/listHistory.js');
  return history.listHistory(found, portsOf(options));
}

/** The newest state, backup or in the history, made at that time or before it. Throws `backup-not-found`. */
export async function findBackupAt(project: ProjectReference, at: Date, options: EngineOptions = {}): Promise<Backup> {
  const found = await openProject(project, options);
  const history = await import('../history/selectFromHistory.js');
  return history.findBackupAt(found, at, portsOf(options));
}

/** Rebuilds every state of the history and compares it with its SHA-256. What is damaged is a result, not an error. */
export async function verifyHistory(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<HistoryVerification> {
  const found = await openProject(project, options);
  const history = await import('../history/verifyHistory.js');
  return history.verifyHistory(found, portsOf(options));
}
