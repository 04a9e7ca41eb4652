import { join } from 'node:path';
import type { Project, RetentionPolicy } from '../../core/project/types.js';

export const TEST_RETENTION: RetentionPolicy = {
  keepLast: 20,
  keepHourly: 0,
  keepDaily: 7,
  keepWeekly: 4,
  keepEmergency: 5,
};

/** A project whose `features.db` lies in its root, without looking at the disk. */
export function testProject(root: string, retention: Partial<RetentionPolicy> = {}): Project {
  return {
    root,
    databasePath: join(root, 'features.db'),
    storePath: join(root, '.feature_backups'),
    configuration: {
      database: undefined,
      store: '.feature_backups',
      retention: { ...TEST_RETENTION, ...retention },
      strict: false,
    },
  };
}
