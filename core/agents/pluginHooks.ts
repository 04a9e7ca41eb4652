import { isAbsolute, join } from 'node:path';
import { asRecord, type Ports } from '../system/index.js';
import { claudeFolder, claudeScopeFiles, readHookCommands } from './claudeScopes.js';
import { readForeignValue } from './settingsFile.js';

/** The hook of this program in a plugin of Claude Code. */
export interface PluginHook {
  /** `name@marketplace`. */
  readonly plugin: string;
  readonly path: string;
}

/** The plugins with the hook that are installed and enabled in a project. */
export function findPluginHooks(root: string, ports: Pick<Ports, 'files' | 'environment'>): readonly PluginHook[] {
  const folder = claudeFolder(ports.environment);
  if (folder === undefined) return [];
  const enabled = enabledPlugins(root, ports);
  const { plugins } = readForeignValue(join(folder, 'plugins', 'installed_plugins.json'), ports);
  return Object.entries(asRecord(plugins))
    .filter(([plugin]) => enabled[plugin] === true)
    .flatMap(([plugin, installed]) => {
      const paths = foldersOf(installed, root).map((at) => join(at, 'hooks', 'hooks.json'));
      return [...new Set(paths)].map((path) => ({ plugin, path }));
    })
    .filter(({ path }) => readHookCommands(path, ports).length > 0);
}

/** The project's settings override the user's, and local ones override both. */
function enabledPlugins(root: string, ports: Pick<Ports, 'files' | 'environment'>): Readonly<Record<string, unknown>> {
  const files = claudeScopeFiles(root, ports).toReversed();
  return Object.fromEntries(
    files.flatMap(({ path }) => Object.entries(asRecord(readForeignValue(path, ports).enabledPlugins))),
  );
}

/** Older versions of Claude Code recorded one installation for each plugin. */
function foldersOf(installed: unknown, root: string): readonly string[] {
  const installations: readonly unknown[] = Array.isArray(installed) ? installed : [installed];
  return installations.flatMap((installation) => {
    const { installPath, projectPath } = asRecord(installation);
    const isHere = projectPath === undefined || projectPath === root;
    return isHere && typeof installPath === 'string' && isAbsolute(installPath) ? [installPath] : [];
  });
}
