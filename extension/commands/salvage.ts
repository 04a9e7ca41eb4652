import type { Command } from './command.js';
import { pickLastGood } from './restoreLastGood.js';
import { restoreWithConfirmation } from './restoreFlow.js';

/** The last good backup, and over it the newer features that the damaged database still gives up. */
export const salvage: Command = {
  name: 'salvage',
  writes: true,
  run: async (services, target) => {
    await restoreWithConfirmation(services, { ...(await pickLastGood(services, target)), salvage: true });
  },
};
