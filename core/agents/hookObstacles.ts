import { join } from 'node:path';
import { readFolder, type Ports } from '../system/index.js';
import { claudeScopeFiles, managedFolder } from './claudeScopes.js';
import type { ConnectionObstacle } from './connection.js';
import { readForeignValue } from './settingsFile.js';

/** The setting that keeps Claude Code from running the user's hooks in a project; undefined if none does. */
export function findDisabledHooks(
  root: string,
  ports: Pick<Ports, 'files' | 'environment'>,
  managed: string = managedFolder(ports.environment),
): ConnectionObstacle | undefined {
  const files = managedFiles(managed, ports);
  const exclusive = files.find((path) => readForeignValue(path, ports).allowManagedHooksOnly === true);
  if (exclusive !== undefined) return disabled('allowManagedHooksOnly', exclusive, BY_ADMINISTRATOR);
  const byFiles = [...files, ...claudeScopeFiles(root, ports).map(({ path }) => path)];
  // The first file that contains the setting decides.
  const decisive = byFiles.find((path) => typeof readForeignValue(path, ports).disableAllHooks === 'boolean');
  if (decisive === undefined || readForeignValue(decisive, ports).disableAllHooks === false) return undefined;
  return disabled('disableAllHooks', decisive, files.includes(decisive) ? BY_ADMINISTRATOR : 'Remove this setting');
}

const BY_ADMINISTRATOR = 'Ask the administrator of this computer to change it';

function disabled(name: string, path: string, hint: string): ConnectionObstacle {
  return {
    code: 'hooks-disabled',
    path,
    message: `Claude Code does not run the hook, because "${name}" is true in ${path}`,
    hint,
  };
}

function managedFiles(folder: string, { files }: Pick<Ports, 'files'>): readonly string[] {
  return [join(folder, 'managed-settings.json'), ...jsonFilesIn(join(folder, 'managed-settings.d'), files)];
}

/** Empty if the folder is missing or cannot be read, in which case Claude Code cannot read it either. */
function jsonFilesIn(folder: string, files: Ports['files']): readonly string[] {
  try {
    const names = readFolder(folder, files, ({ name }) => name.endsWith('.json'));
    return names.sort().map((name) => join(folder, name));
  } catch {
    return [];
  }
}
