import * as vscode from 'vscode';
import { ALL_PROJECTS_KEYS, VIEWS, type AllProjectsState } from '../contributions.js';
import { projectRow, type ProjectRow, type ProblemRow } from '../model/projectRow.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import type { AllProjects } from './allProjects.js';
import { GREYED_SCHEME } from './greyedProjects.js';

/** A row of the list: a project or one of its problems. */
export type AllProjectsNode =
  | { readonly kind: 'anyProject'; readonly root: string; readonly row: ProjectRow }
  | { readonly kind: 'anyProblem'; readonly root: string; readonly index: number; readonly row: ProblemRow };

/** How often a visible list is refreshed, also to update ages. */
const REFRESH_INTERVAL_MS = 3 * 60_000;

/** The view All Projects. Nothing is checked while it is hidden or collapsed. */
export class AllProjectsView implements vscode.TreeDataProvider<AllProjectsNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<AllProjectsNode>;
  private readonly subscriptions: vscode.Disposable;
  private nodes: readonly AllProjectsNode[] = [];
  private content = '';
  private timer: NodeJS.Timeout | undefined;
  private isShowingProgress = false;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly allProjects: AllProjects) {
    this.view = vscode.window.createTreeView(VIEWS.allProjects, { treeDataProvider: this });
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      this.view,
      this.view.onDidChangeVisibility(() => this.followVisibility()),
      allProjects.onDidChange(() => this.rebuild()),
    );
    this.rebuild();
    this.followVisibility();
  }

  /** The top-level rows. */
  get roots(): readonly AllProjectsNode[] {
    return this.nodes;
  }

  get isVisible(): boolean {
    return this.view.visible;
  }

  get message(): string | undefined {
    return this.view.message;
  }

  getTreeItem(node: AllProjectsNode): vscode.TreeItem {
    return node.kind === 'anyProject' ? projectItem(node.root, node.row) : problemItem(node.root, node.index, node.row);
  }

  getChildren(node?: AllProjectsNode): AllProjectsNode[] {
    if (node === undefined) return [...this.nodes];
    if (node.kind === 'anyProblem') return [];
    return node.row.problems.map((row, index) => ({ kind: 'anyProblem', root: node.root, index, row }));
  }

  dispose(): void {
    clearInterval(this.timer);
    this.subscriptions.dispose();
  }

  private followVisibility(): void {
    clearInterval(this.timer);
    if (!this.view.visible) {
      this.allProjects.cancel();
      return;
    }
    void this.allProjects.refresh();
    this.timer = setInterval(() => void this.allProjects.refresh(), REFRESH_INTERVAL_MS);
  }

  private rebuild(): void {
    const { projects, isSurveying, listFailure, isListed } = this.allProjects;
    const now = new Date();
    this.nodes = projects.map((project) => ({
      kind: 'anyProject',
      root: project.known.root,
      row: projectRow(project, now),
    }));
    this.showMessage();
    if (isSurveying) this.showProgress();
    const state = listFailure === undefined ? (isListed ? 'none' : 'loading') : 'failed';
    void setContexts(this.nodes.length > 0 ? 'listed' : state, isSurveying);
    const content = JSON.stringify(this.nodes);
    if (content === this.content) return;
    this.content = content;
    this.changed.fire();
  }

  private showMessage(): void {
    const { progress, listFailure } = this.allProjects;
    if (listFailure !== undefined) {
      this.view.message = l10n.t('Could not list the projects: {0}', plainLine(listFailure.message));
    } else if (progress !== undefined) {
      const { done, total, name } = progress;
      this.view.message = l10n.t('Checking {0} ({1} of {2})', plainLine(name), done + 1, total);
    } else delete this.view.message;
  }

  /** Shows the progress bar of the view until the check ends. */
  private showProgress(): void {
    if (this.isShowingProgress) return;
    this.isShowingProgress = true;
    const checking = this.allProjects.refresh();
    void vscode.window
      .withProgress({ location: { viewId: VIEWS.allProjects } }, () => checking)
      .then(() => (this.isShowingProgress = false));
  }
}

function projectItem(root: string, row: ProjectRow): vscode.TreeItem {
  const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const state = row.problems.length === 0 ? None : row.isExpanded ? Expanded : Collapsed;
  // The id changes once the project has problems, because VS Code would keep the row collapsed.
  const item = itemOf(`all|${root}|${row.isExpanded ? 'open' : ''}`, row.label, state, row.icon);
  item.description = row.description;
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.ariaLabel };
  if (row.isGreyed) item.resourceUri = vscode.Uri.from({ scheme: GREYED_SCHEME, path: `/${encodeURIComponent(root)}` });
  // Names and reasons are untrusted: their commands and links must not work.
  const tooltip = new vscode.MarkdownString(row.tooltip);
  tooltip.isTrusted = false;
  item.tooltip = tooltip;
  return item;
}

function problemItem(root: string, index: number, row: ProblemRow): vscode.TreeItem {
  const item = itemOf(`all|${root}|${index}`, row.label, vscode.TreeItemCollapsibleState.None, row.icon);
  item.contextValue = 'anyProblem';
  item.tooltip = row.message;
  item.accessibilityInformation = { label: row.ariaLabel };
  return item;
}

function itemOf(
  id: string,
  label: string,
  state: vscode.TreeItemCollapsibleState,
  icon: { readonly id: string; readonly color: string | undefined },
): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.id = id;
  item.iconPath = new vscode.ThemeIcon(
    icon.id,
    icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color),
  );
  return item;
}

async function setContexts(state: AllProjectsState, isSurveying: boolean): Promise<void> {
  await vscode.commands.executeCommand('setContext', ALL_PROJECTS_KEYS.state, state);
  await vscode.commands.executeCommand('setContext', ALL_PROJECTS_KEYS.isLooking, isSurveying);
}
