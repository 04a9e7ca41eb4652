import type { Trigger } from '../../core/store/index.js';
import type { CallOptions } from '../engine/engineProcess.js';
import type { Result } from '../engine/protocol.js';
import type { Services } from './command.js';

/** Backs up a project, open in this window or not. */
export async function backUpProject(
  services: Services,
  root: string,
  trigger: Trigger,
  options: CallOptions = {},
): Promise<Result<'backUp'>> {
  const { engine, projects, allProjects } = services;
  try {
    if (projects.has(root)) return await projects.get(root).backUp(trigger, options);
    return await engine.call('backUp', { root, trigger }, options);
  } finally {
    await allProjects.surveyAgain(root);
  }
}

/** Refreshes every view of a project. */
export async function refreshProject({ projects, allProjects }: Services, root: string): Promise<void> {
  await Promise.all([projects.refreshProject(root), allProjects.surveyAgain(root)]);
}
