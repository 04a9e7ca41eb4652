import { join } from 'node:path';
import { startFollowUp } from '../core/followUp/index.js';

/** Starts the follow-up after a backup, or after a change that the vault and the targets copy. */
export const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));
