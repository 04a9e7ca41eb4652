import { BackupError, listBackups, openProject, type EngineOptions, type Project } from '../../core/engine.js';
import { lastGood } from '../../core/store/index.js';
import type { DeletedProject } from './protocol.js';

/** The project that was in this folder, if only copies in the vault are left of it. */
export async function readDeletedProject(root: string, options: EngineOptions): Promise<DeletedProject | undefined> {
  if ((await projectIn(root, options)) !== undefined) return undefined;
  const project = await projectIn(root, { ...options, includeDeleted: true });
  if (project === undefined) return undefined;
  const { backups } = await listBackups(project, options);
  if (backups.length === 0) return undefined;
  return { root: project.root, storePath: project.storePath, backups, lastGoodId: lastGood(backups)?.id };
}

/** Undefined for a folder without a project. */
async function projectIn(
  root: string,
  options: EngineOptions & { readonly includeDeleted?: boolean },
): Promise<Project | undefined> {
  try {
    return await openProject(root, options);
  } catch (error) {
    if (error instanceof BackupError && ABSENCES.has(error.code)) return undefined;
    throw error;
  }
}

const ABSENCES: ReadonlySet<string> = new Set(['database-not-found', 'project-not-found']);
