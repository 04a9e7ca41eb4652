import * as vscode from 'vscode';
import { realPorts } from '../../core/system/index.js';
import { noteOpenWorkspaces } from '../../core/projects/index.js';
import type { Log } from '../log.js';
import type { Projects } from './projects.js';

/**
 * Notes for the command line which folders this window has open, so that what works on all projects includes them. In
 * this process, and not in the engine's: the record holds as long as the process that it names. A workspace that is not
 * trusted is left out, as what works on all projects would write into it.
 */
export class OpenWorkspaces implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private noted: string | undefined;

  constructor(
    private readonly projects: Projects,
    private readonly log: Log,
  ) {
    this.subscription = projects.onDidChange(() => this.note(this.folders()));
  }

  dispose(): void {
    this.subscription.dispose();
    if (this.noted !== undefined && this.noted !== '') this.note([]);
  }

  private folders(): readonly string[] {
    if (!vscode.workspace.isTrusted) return [];
    const opened = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    // Also those nested in a folder, which only a search for them has found.
    const roots = [...opened.map(({ uri }) => uri.fsPath), ...this.projects.states.map(({ root }) => root)];
    return [...new Set(roots)].sort();
  }

  private note(folders: readonly string[]): void {
    const content = folders.join('\n');
    if (content === this.noted) return;
    this.noted = content;
    try {
      noteOpenWorkspaces(folders, realPorts());
    } catch (error) {
      // Backups do not depend on it.
      this.log.error('note the open workspaces', error);
    }
  }
}
