import { withStoreLock, type BackupError, type Ports } from '../system/index.js';
import {
  readCatalog,
  openStore,
  checkStore,
  warnOfUnknownMetadata,
  type Backup,
  type Catalog,
  type OpenStore,
} from '../store/index.js';
import type { Project } from '../project/index.js';
import { observeLive } from '../live/index.js';
import { isFoldable } from '../history/index.js';
import { planRetention, type RetentionPlan } from './retention.js';
import { compressBackups, type Compression } from './compression/compressBackups.js';
import { dueForCompression } from './compression/dueForCompression.js';
import { retireBackups } from './retireBackups.js';

/** What a clean-up does. */
export interface CleanUpPlan extends RetentionPlan {
  /** Those of `remove` that go into the history, where they can still be restored from. */
  readonly fold: readonly Backup[];
  /** Those of `keep` that are old enough to be compressed, oldest first. */
  readonly compress: readonly Backup[];
}

export interface CleanUpOutcome {
  readonly plan: CleanUpPlan;
  readonly removed: readonly Backup[];
  readonly compressed: readonly Backup[];
  /** Why some of what was planned was not done. */
  readonly problem: BackupError | undefined;
}

/** What `cleanUp` would keep, remove, fold and compress now, and why; changes nothing. */
export async function planCleanUp(project: Project, ports: Ports): Promise<CleanUpPlan> {
  return await plan(project, readCatalog(project, ports), ports);
}

/**
 * Takes out what the retention policy does not keep, into the history where there is one, and compresses what is old. While
 * the live database is damaged, shrunk or gone, nothing is taken out.
 */
export async function cleanUp(project: Project, ports: Ports): Promise<CleanUpOutcome> {
  if (checkStore(project, ports) === 'missing') {
    return { plan: EMPTY_PLAN, removed: [], compressed: [], problem: undefined };
  }
  return await withStoreLock(project.storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    const planned = await plan(project, store.catalog, ports);
    const { removed, problem } = retireBackups(store, planned.remove);
    const compression = await compress(store, planned.compress);
    return { plan: planned, removed, ...compression, problem: problem ?? compression.problem };
  });
}

const EMPTY_PLAN: CleanUpPlan = { keep: [], remove: [], fold: [], compress: [] };

async function compress(store: OpenStore, backups: readonly Backup[]): Promise<Compression> {
  if (backups.length === 0) return { compressed: [], problem: undefined };
  return await compressBackups(store, backups);
}

async function plan(project: Project, catalog: Catalog, ports: Ports): Promise<CleanUpPlan> {
  const { retention, history, compression } = project.configuration;
  warnOfUnknownMetadata(catalog.backups, ports);
  const { condition } = await observeLive(project, catalog, ports);
  const { keep, remove } = planRetention(catalog.backups, retention, ports.now(), condition);
  return {
    keep,
    remove,
    fold: remove.filter((backup) => isFoldable(backup, history)),
    compress: dueForCompression(
      keep.map(({ backup }) => backup),
      compression,
      ports.now(),
    ),
  };
}
