import { basename } from 'node:path';
import { mayWriteFeatures, reasonForTool } from './featureTools.js';

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
export function triggerForCall({ toolName, toolInput }: ToolCall): CallTrigger | undefined {
  const mcp = /^mcp__.+?__(.+)$/s.exec(toolName)?.[1];
  if (mcp !== undefined)
    return mayWriteFeatures(mcp) ? { reason: reasonForTool(mcp), tool: mcp, detail: featureOf(toolInput) } : undefined;
  if (toolName === 'Bash') {
    const command = typeof toolInput.command === 'string' ? toolInput.command : '';
    return mayTouchDatabase(command)
      ? { reason: 'before_shell_command', tool: toolName, detail: undefined }
      : undefined;
  }
  if (!FILE_WRITING_TOOLS.includes(toolName)) return undefined;
  const file = writtenFile(toolInput);
  return file !== undefined && isDatabaseFile(file)
    ? { reason: 'before_file_write', tool: toolName, detail: undefined }
    : undefined;
}

/** The tools of Claude Code that write a file. */
export const FILE_WRITING_TOOLS: readonly string[] = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];

/** The file that such a tool writes. */
export function writtenFile({ file_path: file, notebook_path: notebook }: ToolCall['toolInput']): string | undefined {
  return [file, notebook].find((path) => typeof path === 'string');
}

function featureOf({ feature_id: id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'number' && Number.isSafeInteger(id) ? `feature ${id}` : undefined;
}

/**
 * Whether a shell command may change or remove the database: it names the database or its folder, contains SQL, removes
 * or moves files, rewrites the work tree with git, or runs a script. A false match is cheap, because an unchanged
 * database is not backed up again.
 */
function mayTouchDatabase(command: string): boolean {
  return SUSPICIOUS.some((pattern) => pattern.test(command));
}

const SUSPICIOUS: readonly RegExp[] = [
  /features\.db|\.autoforge|\.autocoder|sqlite|\bsql\b|\.db\b/i,
  /\b(?:rm|rmdir|unlink|mv|cp|rsync|shred|truncate|dd|install|tee|xargs|sponge)\b|-delete\b|-exec/,
  /\bgit\b.*\b(?:clean|reset|checkout|switch|restore|stash|pull|merge|rebase|cherry-pick|revert|am|apply|worktree|submodule|lfs)\b/s,
  /\b(?:python|python3|node|deno|bun|ruby|perl|php|alembic|uv|npx|make)\b|\.(?:sh|py|js|mjs|cjs|ts|rb|pl)\b/,
  /\b(?:sudo|docker|podman|unzip|tar|robocopy|del|erase|move|copy|ren|Remove-Item|Move-Item|Copy-Item)\b/i,
];

function isDatabaseFile(path: string): boolean {
  const name = basename(path.replaceAll('\\', '/'));
  return /\.db(?:-wal|-shm|-journal)?$/.test(name);
}
