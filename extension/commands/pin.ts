import { l10n } from '../words/l10n.js';
import type { Command, Services } from './command.js';
import { pickStoredBackups } from './pick.js';
import type { Target } from './target.js';

export const pin: Command = {
  name: 'pin',
  writes: true,
  run: (services, target) => setPinned(services, target, true),
};

/** Pins or unpins all selected backups. */
export async function setPinned(services: Services, target: Target, isPinned: boolean): Promise<void> {
  const picked = await pickStoredBackups(services, target, {
    title: isPinned ? l10n.t('Pin Backup') : l10n.t('Unpin Backup'),
    isOffered: ({ metadata, metadataProblem }) =>
      metadataProblem === undefined && (metadata?.pinned ?? false) !== isPinned,
  });
  for (const { project, backup } of picked) {
    await services.engine.call(isPinned ? 'pin' : 'unpin', { root: project.root, id: backup.id });
  }
  const roots = new Set(picked.map(({ project }) => project.root));
  await Promise.all([...roots].map((root) => services.projects.get(root).refresh()));
}

export const unpin: Command = {
  name: 'unpin',
  writes: true,
  run: (services, target) => setPinned(services, target, false),
};
