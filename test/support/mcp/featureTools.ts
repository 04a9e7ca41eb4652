import type { Tool } from '@modelcontextprotocol/sdk/types.js';

const ID = { type: 'integer', minimum: 1 };
const TEXT = { type: 'string' };

/** Without annotations, as AutoForge's server has none. */
export const FEATURE_TOOLS: readonly Tool[] = [
  tool('feature_get_stats'),
  tool('feature_get_by_id', { feature_id: ID }),
  tool('feature_get_summary', { feature_id: ID }),
  tool('feature_get_ready', { limit: { type: 'integer' } }, []),
  tool('feature_get_blocked', { limit: { type: 'integer' } }, []),
  tool('feature_get_graph'),
  tool('ask_user', { questions: { type: 'array' } }),
  tool('feature_mark_passing', { feature_id: ID }),
  tool('feature_mark_failing', { feature_id: ID }),
  tool('feature_skip', { feature_id: ID }),
  tool('feature_mark_in_progress', { feature_id: ID }),
  tool('feature_claim_and_get', { feature_id: ID }),
  tool('feature_clear_in_progress', { feature_id: ID }),
  tool('feature_create', { category: TEXT, name: TEXT, description: TEXT, steps: { type: 'array' } }),
  tool('feature_create_bulk', { features: { type: 'array' } }),
  tool('feature_add_dependency', { feature_id: ID, dependency_id: ID }),
  tool('feature_remove_dependency', { feature_id: ID, dependency_id: ID }),
  tool('feature_set_dependencies', { feature_id: ID, dependency_ids: { type: 'array' } }),
  tool('feature_request_human_input', { feature_id: ID, prompt: TEXT }),
];

function tool(name: string, properties: Record<string, object> = {}, required = Object.keys(properties)): Tool {
  return { name, description: name, inputSchema: { type: 'object', properties, required } };
}
