import { basename } from 'node:path';
import { mayWriteFeatures, reasonForTool } from './featureTools.js';
import { isReadOnlyPowerShell, isReadOnlyScript } from './readOnly/readOnlyScript.js';

/** A call that Claude Code is about to make. */
export interface ToolCall {
  readonly toolName: string;
  readonly toolInput: Readonly<Record<string, unknown>>;
}

/** The trigger of a backup before a call. */
export interface CallTrigger {
  readonly reason: string;
  readonly tool: string | undefined;
  readonly detail: string | undefined;
}

/** The trigger of a backup before this call; undefined if the call cannot change the feature database. */
export function triggerForCall(call: ToolCall): CallTrigger | undefined {
  const { toolName, toolInput } = call;
  const feature = FEATURE_TOOL.exec(toolName)?.[1];
  if (feature !== undefined)
    return mayWriteFeatures(feature)
      ? { reason: reasonForTool(feature), tool: feature, detail: featureOf(toolInput) }
      : undefined;
  if (SHELL_TOOLS.includes(toolName)) {
    return isReadOnlyCommand(call) ? undefined : { reason: 'before_shell_command', tool: toolName, detail: undefined };
  }
  return writtenDatabase(call) === undefined
    ? undefined
    : { reason: 'before_file_write', tool: toolName, detail: undefined };
}

/** `mcp__<server>__<tool>`; users choose the server's name, which may contain underscores. */
const FEATURE_TOOL = /^mcp__.*__(feature_.*)$/s;

/** The tools of Claude Code that run a command. */
export const SHELL_TOOLS: readonly string[] = ['Bash', 'Monitor', 'PowerShell'];

/** The tools of Claude Code that write a file. */
export const FILE_WRITING_TOOLS: readonly string[] = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];

/** The file that such a tool writes. */
export function writtenFile({ file_path: file, notebook_path: notebook }: ToolCall['toolInput']): string | undefined {
  return [file, notebook].find((path) => typeof path === 'string');
}

/** The database or side file that a file-writing tool writes. */
export function writtenDatabase({ toolName, toolInput }: ToolCall): string | undefined {
  const file = FILE_WRITING_TOOLS.includes(toolName) ? writtenFile(toolInput) : undefined;
  return file !== undefined && isDatabaseFile(file) ? file : undefined;
}

function featureOf({ feature_id: id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'number' && Number.isSafeInteger(id) ? `feature ${id}` : undefined;
}

/**
 * Whether a command is known to only read. Any other may run a program that changes or removes the database. A
 * needless backup is cheap, because an unchanged database is not backed up again.
 */
function isReadOnlyCommand({ toolName, toolInput: { command } }: ToolCall): boolean {
  if (typeof command !== 'string') return false;
  return toolName === 'PowerShell' ? isReadOnlyPowerShell(command) : isReadOnlyScript(command);
}

function isDatabaseFile(path: string): boolean {
  const name = basename(path.replaceAll('\\', '/'));
  return /\.db(?:-wal|-shm|-journal)?$/.test(name);
}
