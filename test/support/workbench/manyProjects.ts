import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drill } from '../../../core/verify/drill/drill.js';
import { recordJobResult } from '../../../core/store/jobs.js';
import { replicate } from '../../../core/replication/replicate.js';
import { backUp } from '../../../core/engine.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { writeRegistry } from '../../extension/support/registry.js';
import { databaseOf, write } from '../../extension/support/writer.js';
import { damagePages } from './damagePages.js';
import { makeProject } from './richProject.js';

export interface Home {
  /** The user's home folder, with AutoForge's registry and a configuration. */
  readonly home: string;
  /** The folder of the user's projects. */
  readonly work: string;
}

/**
 * Eight projects of one user in all possible states, backed up, drilled and synced by the real engine at times in the
 * past.
 */
export async function makeManyProjects({ home, work }: Home, open: string, now = new Date()): Promise<void> {
  const usb = join(home, 'usb');
  const configuration = join(home, '.config', 'feature-backups');
  for (const folder of [usb, configuration]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(configuration, 'config.json'), JSON.stringify({ targets: [{ name: 'usb', folder: usb }] }));
  const at = (hoursAgo: number): Ports => ({
    ...realPorts(),
    environment: { ...process.env, XDG_CONFIG_HOME: join(home, '.config') },
    now: () => new Date(now.getTime() - hoursAgo * 3_600_000),
  });
  for (const { name, features, drilled, saved } of PROJECTS) {
    const root = makeProject(join(work, name));
    write(root, `DELETE FROM features WHERE id > ${features.toString()}`);
    if (saved === undefined) continue;
    await backUp(root, { source: 'mcp', reason: 'before_mark_passing', detail: 'feature 201' }, { ports: at(saved) });
    const project = await findProject(root, at(0));
    if (drilled !== undefined) await drill(project, at(drilled));
    await replicate(project, {}, at(Math.max(0, saved - 0.1)));
  }
  const newsletter = await findProject(join(work, 'newsletter'), at(0));
  await recordJobResult(newsletter, 'replicate:usb', 'The disk is full', at(1));
  const inventory = await findProject(join(work, 'inventory'), at(0));
  await recordJobResult(inventory, 'drill', 'a backup could not be restored: 3 features differ', at(20));
  damagePages(databaseOf(join(work, 'checkout-api')));
  const names = [...PROJECTS.map(({ name }) => name), 'old-landing-page'];
  writeRegistry(home, {
    ...Object.fromEntries(names.map((name) => [name, join(work, name)])),
    'shop-front': open,
  });
}

const PROJECTS: readonly {
  readonly name: string;
  readonly features: number;
  /** Hours ago. */
  readonly saved?: number;
  readonly drilled?: number;
}[] = [
  { name: 'blog', features: 212, saved: 2.2, drilled: 1.5 },
  { name: 'checkout-api', features: 431, saved: 5.1, drilled: 4 },
  { name: 'crm', features: 598, saved: 26, drilled: 25 },
  { name: 'inventory', features: 387, saved: 0.6 },
  { name: 'newsletter', features: 96, saved: 7.4, drilled: 7 },
  { name: 'intranet', features: 154 },
];
