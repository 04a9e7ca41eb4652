import { join } from 'node:path';
import { startFollowUp } from '../../core/followUp/index.js';

/** Copies and notifications, in a process of its own; the programs lie side by side. */
export const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));
