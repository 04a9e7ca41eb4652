import type { EngineOptions } from '../../core/engine.js';
import { assessKnown } from '../../core/health/index.js';
import { realPorts, type Ports } from '../../core/system/index.js';
import { listProjects as listKnownProjects, type KnownProject } from '../../core/projects/index.js';
import { readDeletedProject } from './deletedProject.js';
import type { Params, ProjectSurvey } from './protocol.js';
import { problemsOf } from './readProject.js';

export async function listProjects({ ports }: EngineOptions): Promise<readonly KnownProject[]> {
  return await listKnownProjects(portsWith(ports));
}

/** The key facts about one project. Its problems are part of the result; only bugs are thrown. */
export async function survey(
  { known, ...limit }: Params<'survey'>,
  { ports: given }: EngineOptions,
): Promise<ProjectSurvey> {
  const ports = portsWith(given);
  const health = await assessKnown(known, ports);
  const { summary } = health;
  const deleted = known.status === 'present' ? undefined : await readDeletedProject(known.root, { ports });
  const newest = summary?.newest;
  return {
    at: ports.now(),
    counts: summary?.live?.counts ?? newest?.counts ?? {},
    newest: newest && { at: newest.createdAt, counts: newest.counts },
    provenAt: summary?.lastProven?.at,
    backupCount: summary?.backupCount ?? 0,
    totalSizeBytes: summary?.totalSizeBytes ?? 0,
    targets: summary?.replication ?? [],
    vaultCount: deleted?.backups.length ?? 0,
    problems: problemsOf(health, limit, ports),
  };
}

function portsWith(ports: Partial<Ports> | undefined): Ports {
  return { ...realPorts(), ...ports };
}
