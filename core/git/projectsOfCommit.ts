import { resolve } from 'node:path';
import { findProject, type Project } from '../project/index.js';
import type { Ports } from '../system/index.js';
import { isMissingProject, workTreesOf } from './backUpBeforeCommit.js';
import { repositoryOfHook } from './repository.js';

/** The projects that a commit in this work tree would back up. Backs up nothing. Throws if one cannot be opened. */
export async function findProjectsOfCommit(workTree: string, ports: Ports): Promise<readonly Project[]> {
  const repository = repositoryOfHook(workTree, ports);
  const projects = new Map<string, Project>();
  for (const searched of repository === undefined ? [] : workTreesOf(repository, ports)) {
    for (const folder of searched.folders) {
      const project = projects.has(folder) ? undefined : await openIfPresent(resolve(searched.workTree, folder), ports);
      if (project !== undefined) projects.set(folder, project);
    }
  }
  return [...projects.values()];
}

async function openIfPresent(root: string, ports: Ports): Promise<Project | undefined> {
  try {
    return await findProject(root, ports);
  } catch (error) {
    if (isMissingProject(error)) return undefined;
    throw error;
  }
}
