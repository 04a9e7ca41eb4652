import * as vscode from 'vscode';
import { CONTEXT_KEYS, VIEWS, type ViewState } from '../contributions.js';
import { problems } from '../words/amounts.js';
import { buildTree, countProblems, viewDescription } from '../model/tree.js';
import type { BackupNode, TreeNode } from '../model/treeNodes.js';
import type { Projects } from '../projects/projects.js';
import { l10n } from '../words/l10n.js';
import type { HistoryRows } from './historyRows.js';
import { toTreeItem } from './treeItem.js';

/** The Backups view over the nodes of `buildTree`. */
export class BackupsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly subscriptions: vscode.Disposable;
  private nodes: readonly TreeNode[] = [];
  private parents = new Map<string, TreeNode>();
  private filterText = '';
  private content = '';

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly projects: Projects,
    private readonly history: HistoryRows,
  ) {
    this.view = vscode.window.createTreeView(VIEWS.backups, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      this.view,
      projects.onDidChange(() => this.rebuild()),
    );
    this.rebuild();
  }

  get filter(): string {
    return this.filterText;
  }

  set filter(text: string) {
    this.filterText = text.trim();
    this.rebuild();
  }

  /** The top-level rows. */
  get roots(): readonly TreeNode[] {
    return this.nodes;
  }

  get badge(): vscode.ViewBadge | undefined {
    return this.view.badge;
  }

  get selection(): readonly TreeNode[] {
    return this.view.selection;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return toTreeItem(node);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node?.kind !== 'history' && node?.kind !== 'historyDay') return [...(node?.children ?? this.nodes)];
    const shownFor = this.content;
    const rows = node.kind === 'history' ? await this.history.days(node) : await this.history.statesOf(node);
    // The tree may have changed during the call; VS Code then asks for its children again.
    if (shownFor === this.content) this.recordParents(rows, node);
    return [...rows];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.parents.get(node.id);
  }

  /** Selects the row of a backup; false if the tree does not contain it. */
  async reveal(root: string, backupId: string): Promise<boolean> {
    const node = this.find(this.nodes, root, backupId);
    if (node === undefined) return false;
    await this.view.reveal(node, { select: true, focus: true });
    return true;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private rebuild(): void {
    const { states } = this.projects;
    const nodes = buildTree(states, this.filterText, new Date());
    const description = viewDescription(states, new Date());
    if (description === undefined) delete this.view.description;
    else this.view.description = description;
    const count = countProblems(states);
    this.view.badge = count === 0 ? undefined : { value: count, tooltip: problems(count) };
    if (this.filterText === '') delete this.view.message;
    else this.view.message = l10n.t('Filter: {0}', this.filterText);
    void setContexts(this.projects, this.filterText !== '');
    this.show(nodes);
  }

  /** Redraws only after a change, because a redraw closes tooltips and moves rows under the pointer. */
  private show(nodes: readonly TreeNode[]): void {
    const content = JSON.stringify(nodes);
    if (content === this.content) return;
    this.content = content;
    this.nodes = nodes;
    this.parents = new Map();
    this.recordParents(nodes);
    this.changed.fire();
  }

  private recordParents(nodes: readonly TreeNode[], parent?: TreeNode): void {
    for (const node of nodes) {
      if (parent !== undefined) this.parents.set(node.id, parent);
      this.recordParents(node.children, node);
    }
  }

  private find(nodes: readonly TreeNode[], root: string, backupId: string): BackupNode | undefined {
    for (const node of nodes) {
      if (node.kind === 'backup' && node.root === root && node.backup.id === backupId) return node;
      const below = this.find(node.children, root, backupId);
      if (below !== undefined) return below;
    }
    return undefined;
  }
}

async function setContexts(projects: Projects, isFiltered: boolean): Promise<void> {
  const backups = projects.states.flatMap(({ overview }) => overview?.backups ?? []);
  const codes = new Set(projects.states.flatMap(({ problems: found }) => found.map(({ code }) => code)));
  const values: Readonly<Record<keyof typeof CONTEXT_KEYS, boolean | ViewState>> = {
    state: viewState(projects, backups.length),
    isFiltered,
    hasBackups: backups.some(({ kind }) => kind === 'ordinary'),
    canUndo: projects.states.some(({ overview }) => overview?.canUndo === true),
    isDamaged: codes.has('database-damaged'),
    isShrunk: codes.has('database-shrunk'),
    isDeleted: projects.deleted.length > 0,
  };
  const keys = Object.keys(CONTEXT_KEYS) as (keyof typeof CONTEXT_KEYS)[];
  await Promise.all(keys.map((key) => vscode.commands.executeCommand('setContext', CONTEXT_KEYS[key], values[key])));
}

function viewState(projects: Projects, backupCount: number): ViewState {
  if ((vscode.workspace.workspaceFolders ?? []).length === 0) return 'noFolder';
  if (projects.states.length === 0) return projects.isLoaded ? 'noDatabase' : 'loading';
  return backupCount === 0 ? 'noBackups' : 'listed';
}
