import { writeSync } from 'node:fs';
import { blockedCallReason, lossNote, unprotectedCallNote } from '../core/agents/index.js';
import { visibleLines } from '../core/system/index.js';
import type { ToolEvent } from './hookEvent.js';

/** Leaves the decision to the user. */
export const ALLOW = 0;
/** The only exit code that stops Claude Code from running the tool. */
const BLOCK = 2;

/** Blocks a call because no backup could be made. Returns the exit code. */
export function blockCall(event: ToolEvent | undefined, problem: string): number {
  return deny(event, blockedCallReason(problem));
}

/** Blocks a call that would damage the store. */
export function blockDamage(event: ToolEvent, reason: string): number {
  return deny(event, `This call was not run. ${reason}`);
}

/** Reports to the user and the model that a call runs without a backup. Never decides whether the call is permitted. */
export function reportUnprotected(event: ToolEvent | undefined, problems: readonly string[]): number {
  if (problems.length === 0) return ALLOW;
  const problem = visibleLines(problems.join(' '));
  const systemMessage = `Feature Backups: no backup was made before this tool call, which runs anyway. ${problem}`;
  // Claude Code ignores the whole answer if it has a field that is invalid for the event.
  const forModel = { hookEventName: TOOL_EVENT, additionalContext: unprotectedCallNote(problem) };
  writeAnswer(isToolEvent(event) ? { systemMessage, hookSpecificOutput: forModel } : { systemMessage });
  return ALLOW;
}

/** Reports to the model, at the start of a session, what the project has lost. */
export function reportLosses(losses: readonly string[]): number {
  if (losses.length === 0) return ALLOW;
  const additionalContext = lossNote(visibleLines(losses.join(' ')));
  writeAnswer({ hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext } });
  return ALLOW;
}

/** Only an answer to `PreToolUse` can deny. For other and unreadable events, the exit code blocks the call. */
function deny(event: ToolEvent | undefined, text: string): number {
  const reason = visibleLines(text);
  const answer = {
    hookSpecificOutput: {
      hookEventName: TOOL_EVENT,
      permissionDecision: 'deny',
      permissionDecisionReason: reason,
    },
  };
  if (isToolEvent(event) && writeAnswer(answer)) return ALLOW;
  write(2, `feature-backups: ${reason}\n`);
  return BLOCK;
}

function isToolEvent(event: ToolEvent | undefined): boolean {
  return event?.name === TOOL_EVENT;
}

const TOOL_EVENT = 'PreToolUse';

function writeAnswer(answer: object): boolean {
  return write(1, `${JSON.stringify(answer)}\n`);
}

/** False if the stream is closed. */
function write(descriptor: number, text: string): boolean {
  try {
    writeSync(descriptor, text);
    return true;
  } catch {
    return false;
  }
}
