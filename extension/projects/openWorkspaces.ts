import * as vscode from 'vscode';
import { realPorts } from '../../core/system/index.js';
import { recordOpenWorkspaces } from '../../core/projects/index.js';
import type { Log } from '../log.js';
import type { Projects } from './projects.js';

/**
 * Records the open folders, so that commands on all projects include them. Runs in this process, because a record is valid
 * as long as its process. Untrusted workspaces are left out, because such commands would write into them.
 */
export class OpenWorkspaces implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private recorded: string | undefined;

  constructor(
    private readonly projects: Projects,
    private readonly log: Log,
  ) {
    this.subscription = projects.onDidChange(() => this.record(this.folders()));
  }

  dispose(): void {
    this.subscription.dispose();
    if (this.recorded !== undefined && this.recorded !== '') this.record([]);
  }

  private folders(): readonly string[] {
    if (!vscode.workspace.isTrusted) return [];
    const opened = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    // Includes nested projects, which other programs would not find.
    const roots = [...opened.map(({ uri }) => uri.fsPath), ...this.projects.states.map(({ root }) => root)];
    return [...new Set(roots)].sort();
  }

  private record(folders: readonly string[]): void {
    const content = folders.join('\n');
    if (content === this.recorded) return;
    this.recorded = content;
    try {
      recordOpenWorkspaces(folders, realPorts());
    } catch (error) {
      // Backups work without the record.
      this.log.error('record the open workspaces', error);
    }
  }
}
