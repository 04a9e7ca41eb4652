import type { ToolCall } from '../core/agents/index.js';
import { isRecord, parseJson, asRecord } from '../core/system/index.js';

/** The parts of Claude Code's PreToolUse event that a backup needs. */
export interface ToolEvent extends ToolCall {
  readonly cwd: string | undefined;
}

/** Undefined if the text is not such an event. */
export function parseToolEvent(text: string): ToolEvent | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || typeof value.tool_name !== 'string') return undefined;
  return {
    toolName: value.tool_name,
    toolInput: asRecord(value.tool_input),
    cwd: typeof value.cwd === 'string' ? value.cwd : undefined,
  };
}
