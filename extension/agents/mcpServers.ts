import { join } from 'node:path';
import * as vscode from 'vscode';
import { MCP_PROVIDER } from '../contributions.js';
import type { Projects } from '../projects/projects.js';
import { l10n } from '../words/l10n.js';

/** Offers VS Code's agents an MCP server for each project, which can list and make backups. */
export class McpServers
  implements vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition>, vscode.Disposable
{
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable;
  private offered = '';

  readonly onDidChangeMcpServerDefinitions = this.changed.event;

  constructor(
    private readonly projects: Projects,
    private readonly extension: vscode.Extension<unknown>,
  ) {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, this),
      projects.onDidChange(() => this.update()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.update()),
    );
  }

  /** Empty in an untrusted workspace, because the server can make backups. */
  provideMcpServerDefinitions(): vscode.McpStdioServerDefinition[] {
    if (!vscode.workspace.isTrusted) return [];
    const program = join(this.extension.extensionPath, 'dist', 'feature-backups.cjs');
    const { version } = this.extension.packageJSON as { readonly version: string };
    return this.projects.states.map(({ root, name }, _, all) => {
      const label = all.length === 1 ? 'Feature Backups' : l10n.t('Feature Backups: {0}', name);
      // Runs VS Code's own program as plain Node.js.
      const environment = { ELECTRON_RUN_AS_NODE: '1' };
      const args = [program, 'mcp', '--project', root];
      return new vscode.McpStdioServerDefinition(label, process.execPath, args, environment, version);
    });
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** Fires only if the list of projects has changed, not on every change of a project. */
  private update(): void {
    const roots = vscode.workspace.isTrusted ? this.projects.states.map(({ root }) => root).join('\n') : '';
    if (roots === this.offered) return;
    this.offered = roots;
    this.changed.fire();
  }
}
