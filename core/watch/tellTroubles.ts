import { assessKnown } from '../health/assess.js';
import type { KnownHealth } from '../health/types.js';
import { reportTroubles } from '../notify/reportTroubles.js';
import { readUserConfiguration } from '../project/configuration.js';
import type { KnownProject } from '../projects/types.js';
import type { Ports } from '../system/ports.js';

/**
 * Tells those whom the user's configuration names of what is wrong with these projects, gone ones too. Returns why
 * somebody could not be told. Without anybody to tell, nothing is looked at.
 */
export async function tellTroubles(projects: readonly KnownProject[], ports: Ports): Promise<readonly string[]> {
  const { notifications } = await readUserConfiguration(ports);
  const { email, webhooks, ping } = notifications;
  if (email === undefined && webhooks.length === 0 && ping === undefined) return [];
  const healths: KnownHealth[] = [];
  for (const known of projects) healths.push(await assessKnown(known, ports));
  return (await reportTroubles(healths, notifications, ports)).problems;
}
