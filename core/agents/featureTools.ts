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

/** Its tools that write. */
const WRITING_TOOLS: ReadonlySet<string> = new Set([
  'feature_mark_passing',
  'feature_mark_failing',
  'feature_skip',
  'feature_mark_in_progress',
  'feature_claim_and_get',
  'feature_clear_in_progress',
  'feature_create',
  'feature_create_bulk',
  'feature_add_dependency',
  'feature_remove_dependency',
  'feature_set_dependencies',
  'feature_request_human_input',
]);

const PREFIX = 'feature_';

/** Whether a tool only reads. `isHinted`: its server declares it read-only, which is ignored for known writers. */
export function isReadingTool(tool: string, isHinted = false): boolean {
  return READING_TOOLS.has(tool) || (isHinted && !WRITING_TOOLS.has(tool));
}

/** Whether a tool of any MCP server may write the feature database: only feature tools can. */
export function mayWriteFeatures(tool: string): boolean {
  return tool.startsWith(PREFIX) && !isReadingTool(tool);
}

/** The reason of a backup before this tool: letters, digits and `_`, 64 at most. */
export function reasonForTool(tool: string): string {
  const special = SPECIAL_REASONS.get(tool);
  if (special !== undefined) return special;
  const name = tool.startsWith(PREFIX) ? tool.slice(PREFIX.length) : tool;
  return `before_${name}`.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 64);
}

const SPECIAL_REASONS: ReadonlyMap<string, string> = new Map([
  ['feature_create', 'before_feature_create'],
  ['feature_create_bulk', 'before_bulk_create'],
]);
