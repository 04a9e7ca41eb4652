import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { DATABASE_SUFFIXES, glanceAt, type FileGlance } from './fileGlance.js';
import { every } from './polling.js';

export interface WatchedPlaces {
  readonly databasePath: string;
  readonly storePath: string;
}

export interface WatchListeners {
  /** Somebody wrote or removed the database or one of its side files. */
  readonly onDatabase: () => void;
  /** A backup was added, changed or removed, by whatever process. */
  readonly onStore: () => void;
}

/** Watches a project's files with VS Code's watchers, and looks for itself every few seconds beside them. */
export function watchProject(places: WatchedPlaces, listeners: WatchListeners): vscode.Disposable {
  const { databasePath, storePath } = places;
  const names = DATABASE_SUFFIXES.map((suffix) => basename(databasePath) + suffix).join(',');
  const parts = [
    watchFiles(dirname(databasePath), `{${names}}`, listeners.onDatabase),
    watchFiles(storePath, '*', listeners.onStore),
    poll(places, listeners),
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

function poll({ databasePath, storePath }: WatchedPlaces, listeners: WatchListeners): vscode.Disposable {
  let last: FileGlance | undefined;
  return every(async () => {
    const glance = await glanceAt(databasePath, storePath);
    if (last !== undefined && glance.database !== last.database) listeners.onDatabase();
    if (last !== undefined && glance.store !== last.store) listeners.onStore();
    last = glance;
  });
}
