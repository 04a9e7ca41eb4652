import type { ToolCall } from '../core/agents/index.js';

/** What a PreToolUse event of Claude Code says, as far as a backup is concerned. */
export interface ToolEvent extends ToolCall {
  readonly cwd: string | undefined;
}

/** Undefined where it is no such event: the hook then has nothing to do. */
export function parseToolEvent(text: string): ToolEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value.tool_name !== 'string') return undefined;
  return {
    toolName: value.tool_name,
    toolInput: isRecord(value.tool_input) ? value.tool_input : {},
    cwd: typeof value.cwd === 'string' ? value.cwd : undefined,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
