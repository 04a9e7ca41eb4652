import * as vscode from 'vscode';
import { commandTitle } from '../commands/commandTitle.js';
import { COMMANDS } from '../contributions.js';
import { backupRow } from '../model/backupRow.js';
import { backupTooltip } from '../model/backupTooltip.js';
import { LEVEL_ICONS, type Icon } from '../model/icons.js';
import { accessibleName } from '../model/shownProblem.js';
import type {
  BackupNode,
  GroupNode,
  HistoryDayNode,
  HistoryNode,
  NoteNode,
  ProblemNode,
  ProjectNode,
  TreeNode,
} from '../model/treeNodes.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';

export function toTreeItem(node: TreeNode): vscode.TreeItem {
  switch (node.kind) {
    case 'project':
      return projectItem(node);
    case 'problem':
      return problemItem(node);
    case 'note':
      return noteItem(node);
    case 'group':
      return groupItem(node);
    case 'history':
      return historyItem(node);
    case 'historyDay':
      return historyDayItem(node);
    case 'backup':
      return backupItem(node);
  }
}

function projectItem(node: ProjectNode): vscode.TreeItem {
  const item = itemOf(node, node.label, vscode.TreeItemCollapsibleState.Expanded);
  item.description = node.description;
  item.iconPath = new vscode.ThemeIcon('project');
  item.tooltip = plainLine(node.root);
  item.contextValue = 'project';
  return item;
}

function problemItem(node: ProblemNode): vscode.TreeItem {
  const { problem } = node;
  const item = itemOf(node, problem.title, vscode.TreeItemCollapsibleState.None);
  item.iconPath = themeIcon(LEVEL_ICONS[problem.level]);
  item.contextValue = 'problem';
  item.tooltip = problemTooltip(node);
  item.accessibilityInformation = { label: accessibleName(problem) };
  item.command = { command: COMMANDS.showActions, title: problem.title, arguments: [node] };
  return item;
}

/** The only place beside the log with SQLite's messages. */
function problemTooltip({ problem: { explanation, detail } }: ProblemNode): string {
  return detail === '' ? explanation : `${explanation}\n\n${l10n.t('Check results:')}\n${detail}`;
}

function noteItem(node: NoteNode): vscode.TreeItem {
  const item = itemOf(node, node.label, vscode.TreeItemCollapsibleState.None);
  item.iconPath = new vscode.ThemeIcon('info');
  item.command = { command: COMMANDS[node.action], title: node.label, arguments: [node] };
  return item;
}

function groupItem(node: GroupNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = itemOf(node, node.label, node.isExpanded ? Expanded : Collapsed);
  item.description = node.description;
  if (node.isEmergency) item.iconPath = new vscode.ThemeIcon('history');
  item.contextValue = node.canUndo ? 'undoableGroup' : node.isEmergency ? 'emergencyGroup' : 'dayGroup';
  return item;
}

function historyItem(node: HistoryNode): vscode.TreeItem {
  const item = itemOf(node, node.label, vscode.TreeItemCollapsibleState.Collapsed);
  item.description = node.description;
  item.iconPath = new vscode.ThemeIcon('layers');
  item.contextValue = 'history';
  item.tooltip = l10n.t('Older states, stored compactly. Each can be restored.');
  return item;
}

function historyDayItem(node: HistoryDayNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = itemOf(node, node.label, node.isExpanded ? Expanded : Collapsed);
  item.description = node.description;
  item.contextValue = 'historyDay';
  return item;
}

function backupItem(node: BackupNode): vscode.TreeItem {
  const row = backupRow(node.backup);
  const item = itemOf(node, row.label, vscode.TreeItemCollapsibleState.None);
  item.description = row.description;
  item.iconPath = themeIcon(row.icon);
  item.contextValue = row.contextValue;
  // Raw files cannot be opened as features.
  if (node.backup.content === 'database') {
    item.command = { command: COMMANDS.openBackup, title: commandTitle('openBackup'), arguments: [node] };
  }
  item.accessibilityInformation = { label: row.ariaLabel };
  // Metadata is untrusted: its commands and links must not work.
  const tooltip = new vscode.MarkdownString(backupTooltip(node.backup));
  tooltip.isTrusted = false;
  item.tooltip = tooltip;
  return item;
}

export function themeIcon({ id, color }: Icon): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

function itemOf(node: TreeNode, label: string, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.id = node.id;
  return item;
}
