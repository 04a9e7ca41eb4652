import { findBrokenConnections, readWrittenConnections, type BrokenConnection } from '../agents/index.js';
import { readInstalledHooks, type InstalledHooks } from '../git/index.js';
import type { Project } from '../project/index.js';
import type { Backup, TriggerSource } from '../store/index.js';
import { BackupError, type Ports } from '../system/index.js';

/** What makes backups of a project automatically. */
export interface ConnectionsState {
  /** Connections of agents that make no backups. */
  readonly broken: readonly BrokenConnection[];
  /** Undefined if no git hooks were installed, or if they could not be checked. */
  readonly hooks: InstalledHooks | undefined;
  /** Whether any connection exists, or another program has made one of the newest backups. */
  readonly isConnected: boolean;
}

/** Reads settings, and starts git if hooks were installed. */
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

/** The sources of backups that the user requested. */
const BY_REQUEST: ReadonlySet<TriggerSource> = new Set<TriggerSource>(['cli', 'restore']);

/** Watchers and schedules leave no settings in the project, but their backups name them. */
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
