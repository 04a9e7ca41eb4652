import { findBrokenConnections, readWrittenConnections, type BrokenConnection } from '../agents/index.js';
import { readInstalledHooks, type InstalledHooks } from '../git/index.js';
import type { Project } from '../project/index.js';
import type { Backup, TriggerSource } from '../store/index.js';
import { BackupError, type Ports } from '../system/index.js';

/** The connections of a project: what makes its backups without a command of the user. */
export interface ConnectionsState {
  /** Agents whose settings do not lead to a backup. */
  readonly broken: readonly BrokenConnection[];
  /** Undefined if no git hooks were installed, or if it cannot be read. */
  readonly hooks: InstalledHooks | undefined;
  /** Whether any connection exists, or another program has made one of the newest backups. */
  readonly isConnected: boolean;
}

/** Reads settings, and starts git where hooks were installed. */
export function connectionsState(project: Project, backups: readonly Backup[], ports: Ports): ConnectionsState {
  const broken = findBrokenConnections(project, ports);
  const hooks = hooksOrWarning(project, ports);
  const isConnected =
    hooks !== undefined ||
    broken.length > 0 ||
    backups.slice(0, NEWEST_BACKUPS).some(isAutomatic) ||
    readWrittenConnections(project.root, ports).length > 0;
  return { broken, hooks, isConnected };
}

const NEWEST_BACKUPS = 20;

/** Backups by these are made on the user's request. */
const BY_REQUEST: ReadonlySet<TriggerSource> = new Set<TriggerSource>(['cli', 'restore']);

/** A watcher or a schedule leaves no settings in the project. */
function isAutomatic({ metadata }: Backup): boolean {
  const sources = [metadata?.source, ...(metadata?.events ?? []).map(({ source }) => source)];
  return sources.some((source) => source !== undefined && !BY_REQUEST.has(source));
}

function hooksOrWarning({ root }: Project, ports: Ports): InstalledHooks | undefined {
  try {
    return readInstalledHooks(root, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Could not check the git hooks: ${error.message}`);
    return undefined;
  }
}
