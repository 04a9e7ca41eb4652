import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.js';
import { targetOf, worstHealth, type Health } from '../model/health.js';
import { healthExplanation, healthSentence } from '../model/healthWords.js';
import { actionsFor } from '../model/statusView.js';
import type { Command } from './command.js';
import { commandTitle } from './commandTitle.js';

export const showActions: Command = {
  name: 'showActions',
  writes: false,
  run: async ({ projects }, target) => {
    const healths = projects.healths();
    const health = healths.find(({ project }) => project.root === target.root) ?? worstHealth(healths);
    const items = (health === undefined ? DEFAULT_ACTIONS : actionsFor(health, vscode.workspace.isTrusted)).map(item);
    const picked = await vscode.window.showQuickPick(items, {
      title: health === undefined ? 'Feature Backups' : `${health.project.name}: ${healthSentence(health)}`,
      placeHolder: (health && explanation(health)) ?? '',
    });
    if (picked === undefined) return;
    const args = health === undefined ? [] : [targetOf(health)];
    await vscode.commands.executeCommand(COMMANDS[picked.name], ...args);
  },
};

const DEFAULT_ACTIONS: readonly CommandName[] = ['openSettings', 'showLog'];

function explanation(health: Health): string | undefined {
  const words = healthExplanation(health, new Date());
  return words === '' ? undefined : words;
}

function item(name: CommandName): vscode.QuickPickItem & { readonly name: CommandName } {
  return { label: `$(${ICONS[name] ?? 'circle-small'}) ${commandTitle(name)}`, name };
}

const ICONS: Partial<Readonly<Record<CommandName, string>>> = {
  backUpNow: 'save',
  restore: 'history',
  restoreLastGood: 'history',
  salvage: 'combine',
  undoLastRestore: 'discard',
  drill: 'beaker',
  replicate: 'copy',
  verifyAll: 'check-all',
  compareWithCurrent: 'diff',
  showBackups: 'list-tree',
  showTimeline: 'graph-line',
  acceptShrinkage: 'check',
  openSettings: 'settings-gear',
  openConfiguration: 'json',
  connectAgent: 'plug',
  showLog: 'output',
};
