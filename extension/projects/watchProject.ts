import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { DATABASE_SUFFIXES, fileSignature, isDatabaseChanged, type FileSignature } from './fileSignature.js';
import { startPolling } from './polling.js';

export interface WatchedPaths {
  readonly databasePath: string;
  readonly storePath: string;
}

export interface WatchListeners {
  /** The database or one of its side files was written or removed. */
  readonly onDatabase: () => void;
  /** Any process added, changed or removed a backup. */
  readonly onStore: () => void;
  /** Whether the database is reported as missing. */
  readonly isDatabaseGone: () => boolean;
}

/** Watches a project's files with VS Code's watchers and by polling, because watchers miss some folders. */
export function watchProject(paths: WatchedPaths, listeners: WatchListeners): vscode.Disposable {
  const { databasePath, storePath } = paths;
  const names = DATABASE_SUFFIXES.map((suffix) => basename(databasePath) + suffix).join(',');
  const parts = [
    watchFiles(dirname(databasePath), `{${names}}`, listeners.onDatabase),
    watchFiles(storePath, '*', listeners.onStore),
    poll(paths, listeners),
  ];
  return vscode.Disposable.from(...parts);
}

function watchFiles(folder: string, pattern: string, listener: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.file(folder), pattern),
  );
  return vscode.Disposable.from(
    watcher,
    watcher.onDidCreate(listener),
    watcher.onDidChange(listener),
    watcher.onDidDelete(listener),
  );
}

function poll({ databasePath, storePath }: WatchedPaths, listeners: WatchListeners): vscode.Disposable {
  let last: FileSignature | undefined;
  return startPolling(async () => {
    const signature = await fileSignature(databasePath, storePath);
    if (isDatabaseChanged(last, signature, listeners.isDatabaseGone())) listeners.onDatabase();
    if (last !== undefined && signature.store !== last.store) listeners.onStore();
    last = signature;
  });
}
