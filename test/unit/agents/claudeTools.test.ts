import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { triggerForCall } from '../../../core/agents/claudeTools.js';
import { isSessionEvent, parseHookEvent } from '../../../hooks/hookEvent.js';

const WRITING_TOOLS = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];

function planFor(toolName: string, toolInput: unknown) {
  const event = parseHookEvent(JSON.stringify({ tool_name: toolName, tool_input: toolInput, cwd: '/p' }));
  assert.ok(event !== undefined && !isSessionEvent(event));
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

  it('exists for a command that is missing or not text, because it may be anything', () => {
    for (const tool of ['Bash', 'Monitor', 'PowerShell']) {
      for (const input of [undefined, {}, { command: null }, { command: ['rm', 'features.db'] }])
        assert.equal(planFor(tool, input)?.reason, 'before_shell_command', JSON.stringify(input));
    }
  });

  it('exists for every command that is not known to only read', () => {
    const plan = (tool: string) => ({ reason: 'before_shell_command', tool, detail: undefined });
    for (const tool of ['Bash', 'Monitor', 'PowerShell']) {
      assert.deepEqual(planFor(tool, { command: 'npm run reset' }), plan(tool));
      assert.equal(planFor(tool, { command: 'ls src' }), undefined);
    }
    assert.equal(planFor('Bash', { command: "cat 'a b'" }), undefined);
    assert.deepEqual(planFor('PowerShell', { command: "cat 'a b'" }), plan('PowerShell'));
  });

  it('recognizes a feature tool whatever the server is called', () => {
    for (const server of ['features', 'my__server', 'f_', 'feature_x', 'plugin_a_b'])
      assert.equal(planFor(`mcp__${server}__feature_skip`, {})?.reason, 'before_skip', server);
    assert.equal(planFor('mcp__feature_x__click', {}), undefined);
  });

  it('names the feature of a call only if its id is a whole number', () => {
    const detailFor = (id: unknown) => planFor('mcp__features__feature_skip', { feature_id: id })?.detail;
    assert.equal(detailFor(12), 'feature 12');
    for (const id of [undefined, null, '12', 1.5, 2 ** 53, [12], {}])
      assert.equal(detailFor(id), undefined, JSON.stringify(id));
  });
});
