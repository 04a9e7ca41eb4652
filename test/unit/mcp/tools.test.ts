import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reasonBefore } from '../../../mcp/tap/tools.js';

describe('the reason of a backup before a tool', () => {
  it('is text, also for tools that are called as something that every object inherits', () => {
    assert.equal(reasonBefore('constructor'), 'before_constructor');
    assert.equal(reasonBefore('__proto__'), 'before___proto__');
    assert.equal(reasonBefore('toString'), 'before_toString');
  });

  it('names the tools of AutoForge shortly', () => {
    assert.equal(reasonBefore('feature_create_bulk'), 'before_bulk_create');
    assert.equal(reasonBefore('feature_mark_passing'), 'before_mark_passing');
  });
});
