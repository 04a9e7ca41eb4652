import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPending } from '../../../core/followUp/pendingFlag.js';
import { realPorts } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';

/** Whether a background process is syncing this project's backups, or is about to. */
export function isFollowUpUnderWay(project: Project, environment: Readonly<Record<string, string>>): boolean {
  const isLocked = (name: string): boolean => existsSync(join(project.storePath, name, '.lock'));
  return isLocked('.follow-up') || isLocked('.replication') || isPending(project, { ...realPorts(), environment });
}
