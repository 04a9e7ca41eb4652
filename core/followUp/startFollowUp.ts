import { join } from 'node:path';
import { FOLLOW_UP_FOLDER } from '../store/index.js';
import { findLock, ownIdentity, startDetached, LOCK_NAME, type Ports } from '../system/index.js';
import type { NotificationPolicy, Project } from '../project/index.js';
import { setPending } from './pendingFlag.js';

/**
 * For `Ports.afterBackup`: starts a process in the background that does what follows a backup, where anything is
 * configured that could: copies to targets, notifications. `program` is the file of the command line. Nobody waits for
 * that process, and however many backups come at once, one of them is enough. Never throws: the backup is what matters.
 */
export function startFollowUp(program: string): (project: Project, ports: Ports) => void {
  return (project, ports) => {
    const { targets, notifications } = project.configuration;
    if (targets.length === 0 && !hasChannels(notifications)) return;
    try {
      if (ports.files.statSync(program, { throwIfNoEntry: false })?.isFile() !== true) return;
      if (isNeeded(project, ports)) start(program, project, ports);
    } catch {
      // The next backup tries again; `status` and `check` tell how far behind the targets are.
    }
  };
}

export function hasChannels({ email, webhooks, ping }: NotificationPolicy): boolean {
  return email !== undefined || webhooks.length > 0 || ping !== undefined;
}

/** False where a process that was started before takes this on as well. */
function isNeeded(project: Project, ports: Ports): boolean {
  const flag = setPending(project, ports);
  // Without marks, nobody else can be asked to take it on.
  if (flag === 'unmarked') return true;
  if (flag.isStartingAlready) return false;
  const folder = join(project.storePath, FOLLOW_UP_FOLDER);
  // What a link leads to says nothing of this store.
  if (ports.files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return true;
  const running = findLock(join(folder, LOCK_NAME), ownIdentity(ports.files), flag.madeAtMs, ports);
  return running === undefined || running.stale || running.obstacle !== undefined;
}

function start(program: string, { databasePath, root }: Project, ports: Ports): void {
  startDetached({
    program: process.execPath,
    args: [program, 'follow-up', '--project', databasePath],
    environment: environmentOf(ports),
    folder: root,
  });
}

/** hooks/gitHook.sh keeps the certificates from the backup, which does without; this speaks to servers. */
function environmentOf({ environment }: Ports): Ports['environment'] {
  const certificates = environment.FEATURE_BACKUPS_CA_CERTS;
  return certificates === undefined ? environment : { NODE_EXTRA_CA_CERTS: certificates, ...environment };
}
