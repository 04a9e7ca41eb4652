import { basename } from 'node:path';
import { historySummary } from '../../core/history/index.js';
import { listBackups, type EngineOptions } from '../../core/engine.js';
import { readConnections } from '../../core/agents/index.js';
import {
  ALL_BUT_DATABASE_GONE,
  assessKnown,
  overdueAt,
  unsavedDatabaseMissing,
  withOverdueLimit,
  type HealthProblem,
  type KnownHealth,
  type ProjectSummary,
} from '../../core/health/index.js';
import { readProjectRecordOrWarn, type SeenDatabase } from '../../core/projects/index.js';
import { realPorts, type Ports } from '../../core/system/index.js';
import { describeError } from './errorDescription.js';
import type { Overview, Params, ProjectReading, UnsavedLimit } from './protocol.js';
import { canUndo } from './undo.js';

/** The problems of the project in exactly this folder, and all that the views show of it. Undefined without a project. */
export async function readProject(
  { root, unsavedMinutes = 0, seen }: Params<'readProject'>,
  options: EngineOptions,
): Promise<ProjectReading | undefined> {
  const ports = { ...realPorts(), ...options.ports };
  const health = await assessFolder(root, ports);
  const { summary } = health;
  if (summary === undefined) return unreadable(health, seen);
  return {
    overview: await readOverview(summary, options, ports),
    problems: problemsOf(health, { unsavedMinutes }, ports),
    undetermined: health.undetermined ?? [],
    overdueAt: unsavedMinutes > 0 ? overdueAt(summary, unsavedMinutes * MINUTE_MS) : undefined,
  };
}

const MINUTE_MS = 60_000;

/** The problems of a project, with the editor's own limit for unsaved changes. */
export function problemsOf(
  { problems, summary }: KnownHealth,
  { unsavedMinutes = 0 }: UnsavedLimit,
  ports: Ports,
): readonly HealthProblem[] {
  const limit = unsavedMinutes > 0 ? ({ hours: unsavedMinutes / 60, severity: 'warning' } as const) : undefined;
  return withOverdueLimit(problems, summary, limit, ports.now());
}

/** With the record of earlier backups, so that a project lost with its backups is not taken for an empty folder. */
async function assessFolder(root: string, ports: Ports): Promise<KnownHealth> {
  const record = readProjectRecordOrWarn(root, `Whether ${root} had backups is unknown`, ports);
  const known = { root, name: basename(root), origins: [], status: 'present' } as const;
  return await assessKnown({ ...known, lastBackup: record?.lastBackup }, ports);
}

function unreadable(
  { problems, undetermined = [] }: KnownHealth,
  seen: SeenDatabase | undefined,
): ProjectReading | undefined {
  const nothing = { overview: undefined, overdueAt: undefined };
  // A folder that is not there is no project, unless it had backups.
  if (problems.some(({ code }) => code !== 'project-gone')) return { ...nothing, problems, undetermined };
  // Projects in temporary folders are not recorded.
  if (seen === undefined) return undefined;
  return { ...nothing, problems: [unsavedDatabaseMissing(seen)], undetermined: ALL_BUT_DATABASE_GONE };
}

async function readOverview(summary: ProjectSummary, options: EngineOptions, ports: Ports): Promise<Overview> {
  const { project } = summary;
  const catalog = await listBackups(project, options);
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
    connections: readConnections(project.root, ports).filter(({ obstacle }) => obstacle === undefined),
    provenAt: summary.lastProven?.at,
    targets: summary.replication,
  };
}
