import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { setUpWithPreview } from './setUpFlow.js';

export const installGitHook: Command = {
  name: 'installGitHook',
  writes: true,
  run: (services, target) =>
    setUpWithPreview(services, target, 'git', {
      question: (folder) => l10n.t('Have git back up the backlog before every commit in “{0}”?', folder),
      explanation: l10n.t(
        'Hooks that are there are kept and run as before. A commit never waits for a backup that fails.',
      ),
      button: l10n.t('Install Git Hook'),
      alreadyDone: l10n.t('The git hook is installed already.'),
      done: l10n.t('From now on every commit has its backup.'),
    }),
};
