import { listBackups, openProject, type EngineOptions } from '../../core/engine.js';
import { lastGood } from '../../core/store/index.js';
import { ifFound, projectIn } from './overview.js';
import type { DeletedProject } from './protocol.js';

/** The project that was in this folder, if only copies in the vault are left of it. */
export async function readDeletedProject(root: string, options: EngineOptions): Promise<DeletedProject | undefined> {
  if ((await projectIn(root, options)) !== undefined) return undefined;
  const project = await ifFound(openProject(root, { ...options, includeDeleted: true }));
  if (project === undefined) return undefined;
  const { backups } = await listBackups(project, options);
  if (backups.length === 0) return undefined;
  return { root: project.root, storePath: project.storePath, backups, lastGoodId: lastGood(backups)?.id };
}
