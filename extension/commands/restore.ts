import { l10n } from '../words/l10n.js';
import type { Command, Services } from './command.js';
import { pickProject, pickBackup, type PickedBackup } from './pick.js';
import { noGoodBackup, restoreWithConfirmation } from './restoreFlow.js';
import type { Target } from './target.js';

export const restore: Command = {
  name: 'restore',
  writes: true,
  run: async (services, target) => {
    const picked = await pickBackup(services, target, { title: l10n.t('Restore Backup') });
    await restoreWithConfirmation(services, picked);
  },
};

export const restoreLastGood: Command = {
  name: 'restoreLastGood',
  writes: true,
  run: async (services, target) => {
    await restoreWithConfirmation(services, await pickLastGood(services, target));
  },
};

/** The newest verified backup of the selected project. */
export async function pickLastGood(services: Services, target: Target): Promise<PickedBackup> {
  const project = await pickProject(services, target);
  const backup = project.overview.backups.find(({ id }) => id === project.overview.lastGoodId);
  if (backup === undefined) throw noGoodBackup(project);
  return { project, backup };
}

/** The last good backup plus newer features that are still readable in the damaged database. */
export const salvage: Command = {
  name: 'salvage',
  writes: true,
  run: async (services, target) => {
    await restoreWithConfirmation(services, { ...(await pickLastGood(services, target)), salvage: true });
  },
};
