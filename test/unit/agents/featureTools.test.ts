import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { triggerForCall } from '../../../core/agents/claudeTools.js';
import { isReadingTool, mayWriteFeatures, reasonForTool } from '../../../core/agents/featureTools.js';
import { classifyLine } from '../../../mcp/tap/classifyLine.js';
import { KnownTools } from '../../../mcp/tap/tools.js';

const READING = ['stats', 'by_id', 'summary', 'ready', 'blocked', 'graph'].map((what) => `feature_get_${what}`);
const REASONS = {
  feature_mark_passing: 'before_mark_passing',
  feature_mark_failing: 'before_mark_failing',
  feature_skip: 'before_skip',
  feature_mark_in_progress: 'before_mark_in_progress',
  feature_claim_and_get: 'before_claim_and_get',
  feature_clear_in_progress: 'before_clear_in_progress',
  feature_create: 'before_feature_create',
  feature_create_bulk: 'before_bulk_create',
  feature_add_dependency: 'before_add_dependency',
  feature_remove_dependency: 'before_remove_dependency',
  feature_set_dependencies: 'before_set_dependencies',
  feature_request_human_input: 'before_request_human_input',
};
const UNKNOWN_REASONS = {
  feature_reset_all: 'before_reset_all',
  'feature_a-b/../c': 'before_a_b____c',
  [`feature_${'x'.repeat(100)}`]: `before_${'x'.repeat(57)}`,
};

describe('the tools of the feature server', () => {
  it('that are known to read are never writers', () => {
    for (const tool of [...READING, 'ask_user']) {
      assert.deepEqual([isReadingTool(tool), mayWriteFeatures(tool)], [true, false], tool);
    }
  });

  it('that are known to write are writers even if their server declares them read-only', () => {
    for (const tool of Object.keys(REASONS)) {
      assert.deepEqual([isReadingTool(tool, true), mayWriteFeatures(tool)], [false, true], tool);
    }
  });

  it('that are unknown may write, unless their server declares them read-only', () => {
    assert.deepEqual([isReadingTool('feature_reset_all'), mayWriteFeatures('feature_reset_all')], [false, true]);
    assert.deepEqual([isReadingTool('feature_history'), isReadingTool('feature_history', true)], [false, true]);
  });

  it('are recognized by their name', () => {
    for (const tool of ['click', 'get_feature_x', 'Feature_create', '']) assert.equal(mayWriteFeatures(tool), false);
  });
});

describe('the reason of a backup before a tool', () => {
  it('is the same for the tap and the agent’s hook', () => {
    for (const [tool, reason] of Object.entries({ ...REASONS, ...UNKNOWN_REASONS })) {
      const line = JSON.stringify({ id: 1, method: 'tools/call', params: { name: tool } });
      assert.equal(classifyLine(Buffer.from(line), new KnownTools()).write?.reason, reason);
      assert.equal(triggerForCall({ toolName: `mcp__features__${tool}`, toolInput: {} })?.reason, reason);
    }
  });

  it('is text even for tools with the name of an inherited property', () => {
    assert.equal(reasonForTool('constructor'), 'before_constructor');
    assert.equal(reasonForTool('__proto__'), 'before___proto__');
    assert.equal(reasonForTool('toString'), 'before_toString');
  });
});
