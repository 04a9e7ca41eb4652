import type { Command, Services } from './command.js';
import { pickProject, type PickedBackup } from './pick.js';
import { noGoodBackup, restoreWithConfirmation } from './restoreFlow.js';
import type { Target } from './target.js';

export const restoreLastGood: Command = {
  name: 'restoreLastGood',
  writes: true,
  run: async (services, target) => {
    await restoreWithConfirmation(services, await pickLastGood(services, target));
  },
};

/** The newest backup that verified, of the project that is meant. */
export async function pickLastGood(services: Services, target: Target): Promise<PickedBackup> {
  const project = await pickProject(services, target);
  const backup = project.overview.backups.find(({ id }) => id === project.overview.lastGoodId);
  if (backup === undefined) throw noGoodBackup(project);
  return { project, backup };
}
