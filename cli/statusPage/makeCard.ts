import type { KnownHealth, Ports } from '../../core/engine.js';
import { projectCard } from './card.js';
import { readCurve } from './curve.js';
import type { Html } from './html.js';

/** What a page shows: one project, or all of them by state. */
export type Scope = 'one' | 'all';

export interface Card {
  readonly health: KnownHealth;
  readonly card: Html;
}

/** Reads the backups of the project, of which only the card stays in memory. */
export async function makeCard(health: KnownHealth, scope: Scope, ports: Ports): Promise<Card> {
  const curve = await readCurve(health, ports);
  const headingLevel = scope === 'one' ? 2 : 3;
  return { health, card: projectCard({ health, curve, now: ports.now(), headingLevel }) };
}
