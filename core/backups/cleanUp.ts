import { withStoreLock } from '../files/storeLock.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { readCatalog } from './catalog.js';
import { observeLive } from './liveCondition.js';
import { openStore } from './openStore.js';
import { checkStore } from './prepareStore.js';
import { removeBackups } from './removeBackups.js';
import { planRetention } from './retention.js';
import type { Catalog, CleanUpOutcome, RetentionPlan } from './types.js';

/** What `cleanUp` would keep and remove now, and why; changes nothing. */
export async function planCleanUp(project: Project, ports: Ports): Promise<RetentionPlan> {
  return await plan(project, readCatalog(project, ports), ports);
}

/** Removes what the retention policy does not keep. While the live database is damaged, shrunk or gone: nothing. */
export async function cleanUp(project: Project, ports: Ports): Promise<CleanUpOutcome> {
  if (checkStore(project, ports) === 'missing') {
    return { plan: { keep: [], remove: [] }, removed: [], problem: undefined };
  }
  return await withStoreLock(project.storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    const planned = await plan(project, store.catalog, ports);
    return { plan: planned, ...removeBackups(store, planned.remove) };
  });
}

async function plan(project: Project, catalog: Catalog, ports: Ports): Promise<RetentionPlan> {
  const { condition } = await observeLive(project, catalog, ports);
  return planRetention(catalog.backups, project.configuration.retention, ports.now(), condition);
}
