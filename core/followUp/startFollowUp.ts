import { dirname, join } from 'node:path';
import { FOLLOW_UP_FOLDER } from '../store/index.js';
import { findLock, ownIdentity, startDetached, userVaultFolder, LOCK_NAME, type Ports } from '../system/index.js';
import type { NotificationPolicy, Project } from '../project/index.js';
import { setPending } from './pendingFlag.js';

/**
 * For `CreateOptions.afterBackup`: starts a follow-up in the background, for the project if targets or channels are
 * configured, else for the vault. `program` is the path of the command-line program. One process covers any number of
 * backups. Never throws, because the backup has succeeded.
 */
export function startFollowUp(program: string): (project: Project, ports: Ports) => void {
  return (project, ports) => {
    const { targets, notifications, vault } = project.configuration;
    try {
      if (ports.files.statSync(program, { throwIfNoEntry: false })?.isFile() !== true) return;
      if (targets.length > 0 || hasChannels(notifications)) {
        if (isNeeded(project, ports)) start(program, ['--project', project.databasePath], ports);
      } else if (vault && isVaultFollowUpNeeded(ports)) start(program, ['--vault'], ports);
    } catch {
      // The next backup tries again; `status` and `check` report outdated targets.
    }
  };
}

export function hasChannels({ email, webhooks, ping }: NotificationPolicy): boolean {
  return email !== undefined || webhooks.length > 0 || ping !== undefined;
}

/** False if an earlier process covers this backup too. */
function isNeeded(project: Project, ports: Ports): boolean {
  const flag = setPending(project, ports);
  // Without flags, no running process can be asked for another round.
  if (flag === 'unset') return true;
  if (flag.isAlreadyStarting) return false;
  const folder = join(project.storePath, FOLLOW_UP_FOLDER);
  // The target of a link is not part of this store.
  if (ports.files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return true;
  return !isLocked(folder, flag.madeAtMs, ports);
}

/** Whether a process must be started for the new backups in the vault. False while one is running. */
function isVaultFollowUpNeeded(ports: Ports): boolean {
  const vault = userVaultFolder(ports.environment);
  if (vault === undefined || ports.files.statSync(vault, { throwIfNoEntry: false }) === undefined) return false;
  return !isLocked(vault, ports.now().getTime(), ports);
}

/** Whether a running follow-up owns the lock in this folder. */
function isLocked(folder: string, nowMs: number, ports: Ports): boolean {
  const lock = findLock(join(folder, LOCK_NAME), ownIdentity(ports.files), nowMs, ports);
  return lock !== undefined && !lock.stale && lock.obstacle === undefined;
}

/** Does not start in the project's folder: some systems cannot delete the working folder of a running process. */
function start(program: string, args: readonly string[], ports: Ports): void {
  startDetached({
    program: process.execPath,
    args: [program, 'follow-up', ...args],
    environment: environmentOf(ports),
    folder: dirname(program),
  });
}

/** hooks/gitHook.sh unsets NODE_EXTRA_CA_CERTS to speed up the backup, but a follow-up needs it to connect to servers. */
function environmentOf({ environment }: Ports): Ports['environment'] {
  const certificates = environment.FEATURE_BACKUPS_CA_CERTS;
  return certificates === undefined ? environment : { NODE_EXTRA_CA_CERTS: certificates, ...environment };
}
