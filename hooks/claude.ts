import { basename } from 'node:path';

/** What a PreToolUse event of Claude Code says, as far as a backup is concerned. */
export interface ToolEvent {
  readonly toolName: string;
  readonly toolInput: Readonly<Record<string, unknown>>;
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

export interface HookTrigger {
  readonly reason: string;
  readonly tool: string;
  readonly detail: string | undefined;
}

/** Why to back up before this call; undefined where it cannot touch the feature database. */
export function planHookBackup({ toolName, toolInput }: ToolEvent): HookTrigger | undefined {
  const mcp = /^mcp__.+?__(.+)$/s.exec(toolName)?.[1];
  if (mcp !== undefined)
    return mayWrite(mcp) ? { reason: reasonBefore(mcp), tool: mcp, detail: featureOf(toolInput) } : undefined;
  if (toolName === 'Bash') {
    const command = typeof toolInput.command === 'string' ? toolInput.command : '';
    return mayTouchDatabase(command)
      ? { reason: 'before_shell_command', tool: toolName, detail: undefined }
      : undefined;
  }
  if (!WRITING_TOOLS.has(toolName)) return undefined;
  const file = [toolInput.file_path, toolInput.notebook_path].find((path): path is string => typeof path === 'string');
  return file !== undefined && isDatabaseFile(file)
    ? { reason: 'before_file_write', tool: toolName, detail: undefined }
    : undefined;
}

const WRITING_TOOLS: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);

/** Feature tools only: the tools of other servers do not reach the database. Those that get something only read. */
function mayWrite(tool: string): boolean {
  return tool.startsWith('feature_') && !READING_TOOLS.has(tool);
}

const READING_TOOLS: ReadonlySet<string> = new Set(
  ['stats', 'by_id', 'summary', 'ready', 'blocked', 'graph'].map((what) => `feature_get_${what}`),
);

function reasonBefore(tool: string): string {
  if (tool === 'feature_create') return 'before_feature_create';
  if (tool === 'feature_create_bulk') return 'before_bulk_create';
  return `before_${tool.slice('feature_'.length)}`;
}

function featureOf({ feature_id: id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof id === 'number' && Number.isSafeInteger(id) ? `feature ${id}` : undefined;
}

/**
 * Whether a shell command may change or remove the database: it names it or its folder, speaks SQL, removes or moves by
 * pattern, rewrites the work tree with git, or runs a script, which may do anything. What is missed here is still caught
 * before the next write; an unchanged database costs next to nothing.
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
