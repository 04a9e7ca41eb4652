import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capturedEvents, kindOf, type CapturedEvent } from '../support/capturedEvents.js';
import { bash, describeWithClaude, feature } from './claudeCode.js';

describeWithClaude('the events of Claude Code', (claude) => {
  it('have the fields of the captured ones, which other tests use', async () => {
    const project = claude.project();
    await claude.addServer(project);
    const events = claude.join('events');
    mkdirSync(events);
    // A file for each event, because hooks run at the same time.
    const command = `cat > "$(mktemp '${events}/XXXXXX')"`;
    const hooks = [{ hooks: [{ type: 'command', command, timeout: 10 }] }];
    const names = [...new Set(capturedEvents().map(({ hook_event_name: name }) => name))];
    const settings = Object.fromEntries(names.map((name) => [name, hooks]));
    claude.configure({ enableAllProjectMcpServers: true, hooks: settings });
    mkdirSync(join(project, '.claude/commands'), { recursive: true });
    writeFileSync(join(project, '.claude/commands/reset.md'), 'Read: !`touch written`\n');
    const prompt = 'Write as a subagent.';
    const turns = [
      [bash('touch written'), feature('mark_passing', { feature_id: 3 })],
      [{ name: 'Write', input: { file_path: join(project, 'features.db-wal'), content: '' } }],
      [{ name: 'Agent', input: { description: 'a task', prompt, subagent_type: 'general-purpose' } }],
    ];
    await claude.run({ cwd: project, turns, subagents: [{ prompt, turns: [[bash('touch written')]] }] });
    await claude.run({ cwd: project, prompt: '/reset', turns: [] });
    const real = readdirSync(events).map(
      (name) => JSON.parse(readFileSync(join(events, name), 'utf8')) as CapturedEvent,
    );
    for (const captured of capturedEvents()) {
      const [same] = real.filter((event) => kindOf(event) === kindOf(captured));
      assert.ok(same, `Claude Code sent no such event: ${kindOf(captured)}`);
      assert.deepEqual(fieldsOf(same), fieldsOf(captured), kindOf(captured));
    }
  });
});

function fieldsOf(event: CapturedEvent): readonly string[] {
  return [...Object.keys(event), ...Object.keys(event.tool_input ?? {}).map((key) => `tool_input.${key}`)].sort();
}
