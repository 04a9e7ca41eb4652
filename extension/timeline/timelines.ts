import * as vscode from 'vscode';
import { TIMELINE_VIEW } from '../contributions.js';
import { parseTimelineState } from './protocol.js';
import { TimelinePanel, type TimelineServices } from './timelinePanel.js';

/** The open timelines, at most one per project. */
export class Timelines implements vscode.Disposable {
  private readonly panels = new Map<string, TimelinePanel>();
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly services: TimelineServices) {
    this.subscriptions = vscode.Disposable.from(
      services.projects.onDidChange(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
      // VS Code restores the panels after a restart.
      vscode.window.registerWebviewPanelSerializer(TIMELINE_VIEW, {
        deserializeWebviewPanel: (panel, state) => {
          this.adopt(panel, parseTimelineState(state)?.root);
          return Promise.resolve();
        },
      }),
    );
  }

  /** Shows the project's timeline: the open one, or a new editor tab. */
  show(root: string): void {
    const open = this.panels.get(root);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(TIMELINE_VIEW, '', vscode.ViewColumn.Active, {
      // The page keeps its state with setState, so a hidden page need not stay in memory.
      retainContextWhenHidden: false,
      enableFindWidget: false,
    });
    this.adopt(panel, root);
  }

  get(root: string): TimelinePanel | undefined {
    return this.panels.get(root);
  }

  dispose(): void {
    this.subscriptions.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, root: string | undefined): void {
    // The page was closed before it saved a state, or is already open in another tab.
    if (root === undefined || this.panels.has(root)) {
      panel.dispose();
      return;
    }
    this.panels.set(root, new TimelinePanel(panel, root, this.services));
    panel.onDidDispose(() => this.panels.delete(root));
  }

  private refresh(): void {
    for (const panel of this.panels.values()) panel.refresh();
  }
}
