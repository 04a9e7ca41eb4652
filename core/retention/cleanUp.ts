import { withStoreLock } from '../system/locks/storeLock.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../system/ports.js';
import { readCatalog } from '../store/catalog.js';
import { observeLive } from '../live/liveCondition.js';
import { dueForCompression } from './compression/dueForCompression.js';
import type { Compression } from './compression/compressBackups.js';
import { openStore, type OpenStore } from '../store/openStore.js';
import { checkStore } from '../store/prepareStore.js';
import { planRetention } from './retention.js';
import { retireBackups } from './retireBackups.js';
import { isFoldable } from '../history/isFoldable.js';
import type { Backup, Catalog, CleanUpOutcome, CleanUpPlan } from '../store/types.js';
import { warnOfUnknownMetadata } from '../store/unknownMetadata.js';

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
    const { removed, problem } = await retireBackups(store, planned.remove);
    const compression = await compress(store, planned.compress);
    return { plan: planned, removed, ...compression, problem: problem ?? compression.problem };
  });
}

const EMPTY_PLAN: CleanUpPlan = { keep: [], remove: [], fold: [], compress: [] };

async function compress(store: OpenStore, backups: readonly Backup[]): Promise<Compression> {
  if (backups.length === 0) return { compressed: [], problem: undefined };
  const { compressBackups } = await import('./compression/compressBackups.js');
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
