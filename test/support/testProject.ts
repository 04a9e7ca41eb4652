import { join } from 'node:path';
import { DEFAULT_CONFIGURATION } from '../../core/project/configuration.js';
import type { Project, RetentionPolicy } from '../../core/project/project.js';

export const TEST_RETENTION: RetentionPolicy = {
  keepLast: 20,
  keepHourly: 0,
  keepDaily: 7,
  keepWeekly: 4,
  keepEmergency: 5,
};

/** A project with `features.db` in its root, created without reading the disk. Tests of the vault turn that on. */
export function testProject(root: string, retention: Partial<RetentionPolicy> = {}): Project {
  return {
    root,
    databasePath: join(root, 'features.db'),
    storePath: join(root, '.feature_backups'),
    configuration: {
      ...DEFAULT_CONFIGURATION,
      vault: false,
      retention: { ...TEST_RETENTION, ...retention },
    },
  };
}
