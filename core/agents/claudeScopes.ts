import { isAbsolute, join } from 'node:path';
import { isWithin, userHome, type Ports } from '../system/index.js';
import { CLAUDE_SETTINGS, hookCommands, withoutHook } from './claudeSettings.js';
import type { EditableScope } from './connection.js';
import { orNone, readForeignSettings } from './settingsFile.js';

/** A settings file of Claude Code. */
export interface ScopeFile {
  readonly scope: EditableScope;
  readonly path: string;
  /** Links in the path must stay inside this folder. */
  readonly within: string;
}

/** Personal settings for one project, not shared through git. */
export const LOCAL_SETTINGS = '.claude/settings.local.json';

/**
 * The settings files that Claude Code reads in a project, apart from the administrator's. Each overrides the following.
 */
export function claudeScopeFiles(root: string, { environment }: Pick<Ports, 'environment'>): readonly ScopeFile[] {
  const folder = claudeFolder(environment);
  const home = userHome(environment);
  const project = { scope: 'project', path: join(root, CLAUDE_SETTINGS), within: root } as const;
  const local = { scope: 'local', path: join(root, LOCAL_SETTINGS), within: root } as const;
  if (folder === undefined) return [local, project];
  const path = join(folder, 'settings.json');
  // In the home folder itself, the project's file is the user's.
  if (path === project.path) return [local, project];
  const within = home !== undefined && isWithin(home, folder) ? home : folder;
  return [local, project, { scope: 'user', path, within }];
}

/** The commands of our `PreToolUse` hooks in a settings file. Empty if it cannot be read. */
export function readHookCommands(path: string, ports: Pick<Ports, 'files'>): readonly string[] {
  return orNone(() => hookCommands(readForeignSettings(path, ports) ?? '', path));
}

/** Whether a settings file contains our hook for any event. False if it cannot be read. */
export function hasOwnHook(path: string, ports: Pick<Ports, 'files'>): boolean {
  const text = readForeignSettings(path, ports) ?? '';
  return orNone(() => [withoutHook(text, path)]).some((rest) => rest !== text);
}

/** The user's own folder of Claude Code; undefined without a home folder. */
export function claudeFolder(environment: Ports['environment']): string | undefined {
  const { CLAUDE_CONFIG_DIR: configured = '' } = environment;
  if (isAbsolute(configured)) return configured;
  const home = userHome(environment);
  return home === undefined ? undefined : join(home, '.claude');
}

/** The file in which Claude Code stores the user's MCP servers, along with other state. */
export function claudeStateFile(environment: Ports['environment']): string | undefined {
  const { CLAUDE_CONFIG_DIR: configured = '' } = environment;
  const folder = isAbsolute(configured) ? configured : userHome(environment);
  return folder === undefined ? undefined : join(folder, '.claude.json');
}

/** The folder of the administrator's settings, which override all others. */
export function managedFolder(environment: Ports['environment'], platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return '/Library/Application Support/ClaudeCode';
  return platform === 'win32'
    ? join(environment.ProgramFiles ?? 'C:\\Program Files', 'ClaudeCode')
    : '/etc/claude-code';
}
