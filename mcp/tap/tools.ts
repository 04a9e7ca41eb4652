import type { MessageFacts } from './lineFacts.js';

/** The tools of AutoForge's feature server that only read. */
const READING_TOOLS: ReadonlySet<string> = new Set([
  'feature_get_stats',
  'feature_get_by_id',
  'feature_get_summary',
  'feature_get_ready',
  'feature_get_blocked',
  'feature_get_graph',
  'ask_user',
]);

/** Its tools that write; no annotation makes a reader of one of these. */
const WRITING_TOOLS: ReadonlySet<string> = new Set(
  [
    'mark_passing',
    'mark_failing',
    'skip',
    'mark_in_progress',
    'claim_and_get',
    'clear_in_progress',
    'create',
    'create_bulk',
    'add_dependency',
    'remove_dependency',
    'set_dependencies',
    'request_human_input',
  ].map((name) => `feature_${name}`),
);

/** Which tools are known to read only: those of AutoForge, and those whose server says so (`readOnlyHint`). */
export class KnownTools {
  private readonly hinted = new Set<string>();

  isReading(tool: string): boolean {
    return READING_TOOLS.has(tool) || (this.hinted.has(tool) && !WRITING_TOOLS.has(tool));
  }

  get hasHints(): boolean {
    return this.hinted.size > 0;
  }

  /** Takes what a `tools/list` answer holds; of hostile input, nothing. */
  learn(answer: unknown): void {
    const tools = property(property(answer, 'result'), 'tools');
    if (!Array.isArray(tools)) return;
    for (const tool of tools as unknown[]) this.learnOne(tool);
  }

  /** The server's tools have changed: what it said of them before may not hold any more. */
  forget(): void {
    this.hinted.clear();
  }

  private learnOne(tool: unknown): void {
    const name = property(tool, 'name');
    if (typeof name !== 'string') return;
    if (property(property(tool, 'annotations'), 'readOnlyHint') === true) this.hinted.add(name);
    else this.hinted.delete(name);
  }
}

/** The reason that a backup before a call of this tool carries. */
export function reasonBefore(tool: string): string {
  const special = SPECIAL_REASONS.get(tool);
  if (special !== undefined) return special;
  return `before_${WRITING_TOOLS.has(tool) ? tool.slice('feature_'.length) : tool}`
    .replace(/[^A-Za-z0-9_]/g, '_')
    .slice(0, 64);
}

const SPECIAL_REASONS: ReadonlyMap<string, string> = new Map([
  ['feature_create', 'before_feature_create'],
  ['feature_create_bulk', 'before_bulk_create'],
]);

/** "feature 12", "features 3, 4, 5": the only thing that is told of a call's arguments. */
export function detailOf(messages: readonly MessageFacts[]): string | undefined {
  const ids = [...new Set(messages.flatMap(({ featureIds }) => featureIds))];
  if (ids.length === 0) return undefined;
  const shown = ids.slice(0, 10).join(', ') + (ids.length > 10 ? ', …' : '');
  return `${ids.length === 1 ? 'feature' : 'features'} ${shown}`;
}

export function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}
