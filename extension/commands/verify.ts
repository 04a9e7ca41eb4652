import { l10n } from '../words/l10n.js';
import type { Command } from './command.js';
import { pickBackups } from './pick.js';
import { verifyEach } from './verifyEach.js';

export const verify: Command = {
  name: 'verify',
  // Reading it all is harmless, but the result is noted in the metadata.
  writes: true,
  run: async (services, target) => {
    await verifyEach(services, await pickBackups(services, target, { title: l10n.t('Verify a Backup') }));
  },
};
