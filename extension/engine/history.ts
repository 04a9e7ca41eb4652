import { segmentsAmong, type History } from '../../core/history/index.js';
import {
  BackupError,
  findBackup,
  findBackupAt,
  listBackups,
  openProject,
  type Backup,
  type EngineOptions,
  type Ports,
  type Project,
} from '../../core/engine.js';
import { newestFirst, readStoreNames } from '../../core/store/index.js';
import { readAllHistory } from '../../core/vault/index.js';
import { realPorts } from '../../core/system/index.js';
import { dayKey } from '../words/times.js';
import { describeError } from './errorDescription.js';
import type { HistoryByDay, HistoryDay } from './protocol.js';

/** The days of the history with their number of states, newest day first. */
export async function listHistoryByDay(root: string, options: EngineOptions): Promise<HistoryByDay> {
  const { states, problems } = readHistory(await openProject(root, { ...options, includeDeleted: true }), options);
  const days = new Map<string, HistoryDay>();
  for (const { createdAt } of states) {
    const key = dayKey(createdAt);
    const { newestAt = createdAt, stateCount = 0 } = days.get(key) ?? {};
    days.set(key, { key, newestAt, stateCount: stateCount + 1 });
  }
  return {
    days: [...days.values()].sort((a, b) => b.key.localeCompare(a.key)),
    problems: problems.map(describeError),
  };
}

/** The states of one local day, newest first. */
export async function listHistoryOfDay(root: string, day: string, options: EngineOptions): Promise<readonly Backup[]> {
  const { states } = readHistory(await openProject(root, { ...options, includeDeleted: true }), options);
  return states.filter(({ createdAt }) => dayKey(createdAt) === day);
}

/** The backup or history state with exactly this id. */
export async function findState(root: string, id: string, options: EngineOptions): Promise<Backup | undefined> {
  const state = await unlessNotFound(findBackup(root, id, options));
  return state?.id === id ? state : undefined;
}

/** The previous backup or history state. */
export async function findStateBefore(root: string, id: string, options: EngineOptions): Promise<Backup | undefined> {
  const states = await allStates(root, options);
  const index = states.findIndex((state) => state.id === id);
  return index === -1 ? undefined : states.slice(index + 1).find(({ kind }) => kind === 'ordinary');
}

/** The newest state at or before a time. */
export async function findStateAt(root: string, at: Date, options: EngineOptions): Promise<Backup | undefined> {
  return await unlessNotFound(findBackupAt(root, at, options));
}

async function unlessNotFound(finding: Promise<Backup>): Promise<Backup | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-not-found') return undefined;
    throw error;
  }
}

/** Backups and history states, newest first. */
async function allStates(root: string, options: EngineOptions): Promise<readonly Backup[]> {
  const project = await openProject(root, { ...options, includeDeleted: true });
  const { backups } = await listBackups(project, options);
  const { states } = readHistory(project, options);
  // A backup that was archived between the two reads is in both.
  const listed = new Set(backups.map(({ id }) => id));
  return [...backups, ...states.filter(({ id }) => !listed.has(id))].sort(newestFirst);
}

/** The last listing. Expanding several days needs the same one, which may have thousands of states. */
let lastListing: { readonly signature: string; readonly history: History } | undefined;

function readHistory(project: Project, options: EngineOptions): History {
  const ports = { ...realPorts(), ...options.ports };
  const signature = signatureOf(project, ports);
  if (lastListing?.signature !== signature) lastListing = { signature, history: readAllHistory(project, ports) };
  return lastListing.history;
}

/** Changes whenever the listing does: names of files in the store, sizes and times of segments. */
function signatureOf({ storePath }: Project, ports: Ports): string {
  const names = readStoreNames(storePath, ports);
  const segments = segmentsAmong(storePath, names, ports.files);
  const times = segments.map(({ path }) => ports.files.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return JSON.stringify([storePath, names, segments, times]);
}
