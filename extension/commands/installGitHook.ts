import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { setUpWithPreview } from './setUpFlow.js';

export const installGitHook: Command = {
  name: 'installGitHook',
  writes: true,
  run: (services, target) =>
    setUpWithPreview(services, target, 'git', {
      question: (folder) => l10n.t('Back up the backlog of “{0}” before every commit?', folder),
      explanation: l10n.t('Existing hooks keep running. By default, a failed backup does not stop a commit.'),
      button: l10n.t('Install Git Hook'),
      alreadyDone: l10n.t('The git hook is already installed.'),
      done: l10n.t('Git hook installed. The backlog is now backed up before every commit.'),
    }),
};
