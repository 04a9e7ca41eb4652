import { isAbsolute } from 'node:path';
import type { ToolCall } from '../core/agents/index.js';
import { isRecord, parseJson, asRecord } from '../core/system/index.js';

/** The parts of an event of Claude Code that a backup needs. */
export interface ToolEvent extends ToolCall {
  /** `PreToolUse`, or `PreSkillShellCommand` for a command in a skill. */
  readonly name: string;
  readonly session: string | undefined;
  readonly cwd: string | undefined;
}

/** Undefined if the text is not such an event. */
export function parseToolEvent(text: string): ToolEvent | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || typeof value.tool_name !== 'string') return undefined;
  const { hook_event_name: name, session_id: session, cwd } = value;
  return {
    toolName: value.tool_name,
    toolInput: asRecord(value.tool_input),
    name: typeof name === 'string' ? name : 'PreToolUse',
    session: typeof session === 'string' ? session : undefined,
    cwd: typeof cwd === 'string' && isAbsolute(cwd) && !cwd.includes('\0') ? cwd : undefined,
  };
}
