import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { triggerForCall } from '../../../core/agents/claudeTools.js';
import { parseToolEvent } from '../../../hooks/toolEvent.js';

const WRITING_TOOLS = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];

function planFor(toolName: string, toolInput: unknown) {
  const event = parseToolEvent(JSON.stringify({ tool_name: toolName, tool_input: toolInput, cwd: '/p' }));
  assert.ok(event);
  return triggerForCall(event);
}

describe('the trigger of the hook', () => {
  it('exists for a write to a database or a side file', () => {
    const plan = { reason: 'before_file_write', tool: 'Write', detail: undefined };
    for (const path of [
      'features.db',
      '/p/.autoforge/features.db',
      'C:\\p\\features.db-wal',
      'a.db-shm',
      'a.db-journal',
    ])
      assert.deepEqual(planFor('Write', { file_path: path, content: '' }), plan, path);
    assert.equal(planFor('NotebookEdit', { notebook_path: '/p/features.db' })?.reason, 'before_file_write');
    assert.equal(planFor('Edit', { file_path: null, notebook_path: '/p/features.db' })?.reason, 'before_file_write');
  });

  it('is undefined for a missing path or one that is not text', () => {
    const withoutPath: readonly unknown[] = [
      ...[undefined, null, 'features.db', 7, true, [], ['features.db']],
      ...[{}, { content: '/p/features.db' }, { path: '/p/features.db' }],
      ...[null, 7, true, ['/p/features.db'], { file: '/p/features.db' }].map((path) => ({
        file_path: path,
        notebook_path: path,
      })),
    ];
    for (const tool of WRITING_TOOLS) {
      for (const input of withoutPath)
        assert.equal(planFor(tool, input), undefined, `${tool} ${JSON.stringify(input)}`);
    }
  });

  it('is undefined for other files', () => {
    for (const path of ['', '/', '.db/notes.md', 'features.db/app.ts', 'features.db.ts', 'features.dbx'])
      assert.equal(planFor('Write', { file_path: path }), undefined, path);
  });

  it('is undefined for a shell command that is missing or not text', () => {
    for (const input of [undefined, {}, { command: null }, { command: ['rm', 'features.db'] }])
      assert.equal(planFor('Bash', input), undefined, JSON.stringify(input));
  });

  it('names the feature of a call only if its id is a whole number', () => {
    const detailFor = (id: unknown) => planFor('mcp__features__feature_skip', { feature_id: id })?.detail;
    assert.equal(detailFor(12), 'feature 12');
    for (const id of [undefined, null, '12', 1.5, 2 ** 53, [12], {}])
      assert.equal(detailFor(id), undefined, JSON.stringify(id));
  });
});
