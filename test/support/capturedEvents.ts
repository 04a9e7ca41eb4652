import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** An event that Claude Code sent to a hook. */
export interface CapturedEvent {
  readonly hook_event_name: string;
  readonly session_id: string;
  readonly cwd: string;
  readonly agent_id?: string;
  readonly tool_name?: string;
  readonly tool_input?: Readonly<Record<string, unknown>>;
}

/** Events of the version in test/agents/package.json, with other paths. `test/agents/events.test.ts` compares them. */
export function capturedEvents(): readonly CapturedEvent[] {
  const path = fileURLToPath(new URL('../fixtures/claude-code/events.json', import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as readonly CapturedEvent[];
}

export function kindOf({ hook_event_name: name, tool_name: tool = '', agent_id: agent }: CapturedEvent): string {
  return [name, tool, agent === undefined ? '' : 'in a subagent'].filter((word) => word !== '').join(' ');
}
