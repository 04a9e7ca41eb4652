import type { ToolCall } from '../core/agents/index.js';
import { isRecord, parseJson, recordOf } from '../core/system/index.js';

/** What a PreToolUse event of Claude Code says, as far as a backup is concerned. */
export interface ToolEvent extends ToolCall {
  readonly cwd: string | undefined;
}

/** Undefined where it is no such event: the hook then has nothing to do. */
export function parseToolEvent(text: string): ToolEvent | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || typeof value.tool_name !== 'string') return undefined;
  return {
    toolName: value.tool_name,
    toolInput: recordOf(value.tool_input),
    cwd: typeof value.cwd === 'string' ? value.cwd : undefined,
  };
}
