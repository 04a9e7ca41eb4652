import { join } from 'node:path';
import { startFollowUp } from '../../core/followUp/index.js';

/** Starts the follow-up; its program is in the same folder. */
export const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));
