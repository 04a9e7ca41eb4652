import { isAbsolute } from 'node:path';
import type { ToolCall } from '../core/agents/index.js';
import { isRecord, parseJson, asRecord } from '../core/system/index.js';

/** What every event of Claude Code contains. */
interface EventPlace {
  readonly session: string | undefined;
  readonly cwd: string | undefined;
}

/** A tool is about to run. */
export interface ToolEvent extends ToolCall, EventPlace {
  /** `PreToolUse`, or `PreSkillShellCommand` for a command in a skill. */
  readonly name: string;
}

/** A session starts or ends. */
export interface SessionEvent extends EventPlace {
  readonly name: 'SessionStart' | 'SessionEnd';
}

export type HookEvent = ToolEvent | SessionEvent;

/** Undefined unless the text is the event of a tool, or of the start or end of a session. */
export function parseHookEvent(text: string): HookEvent | undefined {
  const value = parseJson(text);
  if (!isRecord(value)) return undefined;
  const { hook_event_name: name, session_id: session, cwd, tool_name: toolName } = value;
  const place: EventPlace = {
    session: typeof session === 'string' ? session : undefined,
    cwd: typeof cwd === 'string' && isAbsolute(cwd) && !cwd.includes('\0') ? cwd : undefined,
  };
  if (name === 'SessionStart' || name === 'SessionEnd') return { ...place, name };
  if (typeof toolName !== 'string') return undefined;
  return {
    ...place,
    name: typeof name === 'string' ? name : 'PreToolUse',
    toolName,
    toolInput: asRecord(value.tool_input),
  };
}

export function isSessionEvent(event: HookEvent | undefined): event is SessionEvent {
  return event?.name === 'SessionStart' || event?.name === 'SessionEnd';
}
