import { join } from 'node:path';
import { kindAt, type Ports } from '../system/index.js';
import { claudeScopeFiles, managedFolder } from './claudeScopes.js';
import type { ConnectionObstacle } from './connection.js';
import { readForeignValue } from './settingsFile.js';

/** The setting that keeps Claude Code from running the user's hooks in a project; undefined if none does. */
export function findDisabledHooks(
  root: string,
  ports: Pick<Ports, 'files' | 'environment'>,
  managed: string = managedFolder(ports.environment),
): ConnectionObstacle | undefined {
  for (const path of managedFiles(managed, ports)) {
    const settings = readForeignValue(path, ports);
    const name = (['disableAllHooks', 'allowManagedHooksOnly'] as const).find((key) => settings[key] === true);
    if (name !== undefined) return disabled(name, path, 'Ask the administrator of this computer to change it');
  }
  const found = claudeScopeFiles(root, ports).find(
    ({ path }) => readForeignValue(path, ports).disableAllHooks === true,
  );
  return found && disabled('disableAllHooks', found.path, 'Remove this setting');
}

function disabled(name: string, path: string, hint: string): ConnectionObstacle {
  return {
    code: 'hooks-disabled',
    path,
    message: `Claude Code does not run the hook, because "${name}" is true in ${path}`,
    hint,
  };
}

function managedFiles(folder: string, ports: Pick<Ports, 'files'>): readonly string[] {
  const more = join(folder, 'managed-settings.d');
  const names = kindAt(more, ports) === 'folder' ? ports.files.readdirSync(more) : [];
  return [
    join(folder, 'managed-settings.json'),
    ...names.filter((name) => name.endsWith('.json')).map((name) => join(more, name)),
  ];
}
