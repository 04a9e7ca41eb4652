import { assessKnown, type KnownHealth } from '../health/index.js';
import { notifyProblems } from '../notify/index.js';
import { readUserConfiguration } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import type { Ports } from '../system/index.js';

/**
 * Tells those whom the user's configuration names of what is wrong with these projects, gone ones too. Returns why
 * somebody could not be told. Without anybody to tell, nothing is looked at.
 */
export async function sendNotifications(projects: readonly KnownProject[], ports: Ports): Promise<readonly string[]> {
  const { notifications } = await readUserConfiguration(ports);
  const { email, webhooks, ping } = notifications;
  if (email === undefined && webhooks.length === 0 && ping === undefined) return [];
  const projectHealths: KnownHealth[] = [];
  for (const known of projects) projectHealths.push(await assessKnown(known, ports));
  return (await notifyProblems(projectHealths, notifications, ports)).problems;
}
