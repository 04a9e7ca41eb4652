import { constants, accessSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { historySummary } from '../../core/history/index.js';
import {
  BackupError,
  listBackups,
  openProject,
  projectSummary,
  type EngineOptions,
  type Project,
} from '../../core/engine.js';
import { readConnections } from '../../core/agents/index.js';
import { healthProblemsOf } from '../../core/health/index.js';
import { realPorts } from '../../core/system/index.js';
import { findAgentLocks } from '../../core/project/index.js';
import { describeError } from './errorDescription.js';
import type { Overview } from './protocol.js';
import { canUndo } from './undo.js';

/** Everything that the views show about the project in exactly this folder; undefined if it has none. */
export async function readOverview(root: string, options: EngineOptions): Promise<Overview | undefined> {
  const project = await projectIn(root, options);
  if (project === undefined) return undefined;
  const summary = await projectSummary(project, options);
  const catalog = await listBackups(project, options);
  const ports = { ...realPorts(), ...options.ports };
  return {
    root: project.root,
    databasePath: project.databasePath,
    storePath: project.storePath,
    live: summary.live,
    problem: summary.problem && describeError(summary.problem),
    backups: catalog.backups,
    totalSizeBytes: catalog.totalSizeBytes,
    history: historySummary(project, ports),
    canUndo: canUndo(catalog),
    lastGoodId: summary.lastGood?.id,
    isStoreWritable: isWritable(project.storePath),
    agents: findAgentLocks(project.root, ports).running,
    connections: readConnections(project.root, ports),
    provenAt: summary.lastProven?.at,
    targets: summary.replication,
    problems: healthProblemsOf(summary, ports.now()),
  };
}

export async function projectIn(root: string, options: EngineOptions): Promise<Project | undefined> {
  return await ifFound(openProject(root, options));
}

/** Undefined for a folder without a project. */
export async function ifFound(opening: Promise<Project>): Promise<Project | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof BackupError && ABSENCES.has(error.code)) return undefined;
    throw error;
  }
}

const ABSENCES: ReadonlySet<string> = new Set(['database-not-found', 'project-not-found']);

/** For a missing folder: whether it can be created. */
function isWritable(folder: string): boolean {
  const existing = nearestExisting(folder);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function nearestExisting(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestExisting(parent);
}
