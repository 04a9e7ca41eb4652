import { editablePath } from '../project/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { buildPlan, type FindOriginal } from './buildPlan.js';
import { CLAUDE_SETTINGS, withHook, withoutHook } from './claudeSettings.js';
import { claudeScopeFiles, hasOwnHook, readHookCommands, type ScopeFile } from './claudeScopes.js';
import type { AgentProject, ConnectionPlan, ConnectionScope, EditableScope, FileEdit, Launcher } from './connection.js';
import { findDisabledHooks } from './hookObstacles.js';
import { findPluginHooks } from './pluginHooks.js';
import { readHooks } from './readConnections.js';
import { readSettings } from './settingsFile.js';

/** Adds the hook in one scope, and updates it in the others. */
export function planHook(
  project: AgentProject,
  launcher: Launcher,
  scope: ConnectionScope,
  ports: Ports,
): ConnectionPlan {
  const { root } = project;
  const files = claudeScopeFiles(root, ports);
  if (scope === 'user' && !files.some((file) => file.scope === scope)) throw noHome();
  const edits = files
    .filter((file) => file.scope === scope || readHookCommands(file.path, ports).length > 0)
    .map((file): FileEdit => {
      const { path, within } = file;
      // Checked before the preview: the file's folder may be a link that points outside.
      editablePath(path, [within], ports);
      const before = readSettings(within, path, ports.files);
      return { path, within, before, after: withHook(before, path, launcher) };
    });
  const connected = readHooks(root, ports);
  const disabled = findDisabledHooks(root, ports);
  // A missing program is no obstacle, because the edits replace it.
  const obstacles = disabled === undefined ? [] : [disabled];
  return buildPlan(
    {
      kind: 'claude',
      action: 'connect',
      project,
      edits,
      connectedFiles: connected.map(({ path }) => path),
      obstacles,
      notes: scopeNotes([scope, ...connected.map((hook) => hook.scope)], disabled?.path, files),
    },
    ports,
  );
}

function scopeNotes(
  scopes: readonly ConnectionScope[],
  disabledIn: string | undefined,
  files: readonly ScopeFile[],
): readonly string[] {
  const inUserSettings = scopes.includes('user') ? ['The hook in your user settings runs in all your projects.'] : [];
  if (!scopes.includes('project'))
    return [...inUserSettings, `AutoForge’s agents read only ${CLAUDE_SETTINGS}, so they are not connected.`];
  const isPersonal = files.some(({ scope, path }) => scope !== 'project' && path === disabledIn);
  const stillRun = isPersonal
    ? [`AutoForge’s agents do not read ${String(disabledIn)}, so they still run the hook.`]
    : [];
  return [...inUserSettings, ...stillRun];
}

/** Removes the hook from all scopes, or from the given one. */
export function planHookRemoval(
  project: AgentProject,
  originalOf: FindOriginal,
  scope: EditableScope | undefined,
  ports: Ports,
): ConnectionPlan {
  const { root } = project;
  const files = claudeScopeFiles(root, ports).filter((file) => scope === undefined || file.scope === scope);
  const edits = files.flatMap((file): readonly FileEdit[] => {
    const { path, within } = file;
    // Always reads the project's file, to report one that cannot be edited.
    const isRead = file.scope === 'project' || hasOwnHook(path, ports);
    const before = isRead ? readSettings(within, path, ports.files) : undefined;
    if (before === undefined) return [];
    const cleaned = withoutHook(before, path);
    if (cleaned === before) return [];
    return [{ path, within, before, after: originalOf(path, before, cleaned) }];
  });
  const plugins = findPluginHooks(root, ports).map(
    ({ plugin }) => `The plugin ${plugin} still runs the hook. Disable the plugin with /plugin in Claude Code.`,
  );
  const affectsAllProjects = edits.some(({ path }) =>
    files.some((file) => file.scope === 'user' && file.path === path),
  );
  return buildPlan(
    {
      kind: 'claude',
      action: 'disconnect',
      project,
      edits,
      notes: [...(affectsAllProjects ? ['The hook in your user settings ran in all your projects.'] : []), ...plugins],
    },
    ports,
  );
}

function noHome(): BackupError {
  return new BackupError('Could not find the user settings of Claude Code', {
    code: 'configuration',
    operation: 'connect Claude Code',
    hint: 'Set HOME, or CLAUDE_CONFIG_DIR to the absolute path of a folder.',
  });
}
