import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { AUTOFORGE_DATABASE_PATHS } from '../../core/project/index.js';
import { startPolling } from './polling.js';

/** A folder that may contain a project. */
export interface Candidate {
  readonly root: string;
  readonly name: string;
}

const MAX_NESTED = 50;

/** The workspace folders, and folders below them with a database at AutoForge's paths. */
export async function findCandidates(): Promise<readonly Candidate[]> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const candidates = new Map<string, Candidate>();
  for (const { uri, name } of folders) candidates.set(uri.fsPath, { root: uri.fsPath, name });
  if (folders.length === 0) return [];
  const pattern = '**/{.autoforge,.autocoder}/features.db';
  for (const uri of await vscode.workspace.findFiles(pattern, '**/node_modules/**', MAX_NESTED)) {
    const root = dirname(dirname(uri.fsPath));
    if (!candidates.has(root))
      candidates.set(root, { root, name: vscode.workspace.asRelativePath(root) || basename(root) });
  }
  return [...candidates.values()];
}

export interface DiscoveryListeners {
  /** A project may have appeared. */
  readonly onFound: () => void;
  /** The configuration of a project has changed. */
  readonly onConfiguration: () => void;
}

export function watchForProjects(
  absentRoots: () => readonly string[],
  { onFound, onConfiguration }: DiscoveryListeners,
): vscode.Disposable {
  const databases = vscode.workspace.createFileSystemWatcher('**/features.db', false, true, true);
  const configurations = vscode.workspace.createFileSystemWatcher('**/.feature-backups.json');
  return vscode.Disposable.from(
    databases,
    databases.onDidCreate(onFound),
    configurations,
    configurations.onDidCreate(onConfiguration),
    configurations.onDidChange(onConfiguration),
    configurations.onDidDelete(onConfiguration),
    vscode.workspace.onDidChangeWorkspaceFolders(onFound),
    // Watchers miss excluded folders, so folders without a project are polled.
    startPolling(() => {
      if (absentRoots().some(hasDatabase)) onFound();
      return Promise.resolve();
    }),
  );
}

function hasDatabase(root: string): boolean {
  return AUTOFORGE_DATABASE_PATHS.some((place) => existsSync(join(root, place)));
}
