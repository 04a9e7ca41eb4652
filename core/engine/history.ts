import * as history from '../history/index.js';
import type { HistoryVerification, History } from '../history/index.js';
import type { Backup } from '../store/index.js';
import { inProject, type EngineOptions, type ProjectReference } from './foundation.js';

/** The states that were folded into the history, newest first, and what of it cannot be read. */
export async function listHistory(project?: ProjectReference, options: EngineOptions = {}): Promise<History> {
  return await inProject(project, options, history.listHistory);
}

/** The newest state, backup or in the history, made at that time or before it. Throws `backup-not-found`. */
export async function findBackupAt(project: ProjectReference, at: Date, options: EngineOptions = {}): Promise<Backup> {
  return await inProject(project, options, (found, ports) => history.findBackupAt(found, at, ports));
}

/** Rebuilds every state of the history and compares it with its SHA-256. What is damaged is a result, not an error. */
export async function verifyHistory(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<HistoryVerification> {
  return await inProject(project, options, history.verifyHistory);
}
