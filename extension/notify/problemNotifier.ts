import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandTitle } from '../commands/commandTitle.js';
import { targetOf, type Health, type HealthKind } from '../model/health.js';
import { healthExplanation, healthSentence } from '../model/healthWords.js';
import type { Projects } from '../projects/projects.js';
import { setting, switchOff } from '../settings.js';
import { l10n } from '../words/l10n.js';

type NotificationSetting = 'notifications.damage' | 'notifications.failedBackups';

/** Tells of damage and of failed backups, once each, with what helps and a way to hear no more of it. */
export class ProblemNotifier implements vscode.Disposable {
  /** The problem last told of, by project; forgotten when it is over, so that the next one is told again. */
  private readonly told = new Map<string, HealthKind>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly projects: Projects) {
    this.subscription = projects.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    for (const health of this.projects.healths()) {
      const { root } = health.project;
      const switchedBy = SETTINGS[health.kind];
      if (switchedBy === undefined) {
        if (health.level === 'safe') this.told.delete(root);
        continue;
      }
      if (this.told.get(root) === health.kind) continue;
      this.told.set(root, health.kind);
      if (setting(switchedBy)) void tell(health, switchedBy);
    }
  }
}

const SETTINGS: Partial<Readonly<Record<HealthKind, NotificationSetting>>> = {
  damaged: 'notifications.damage',
  gone: 'notifications.damage',
  shrunk: 'notifications.damage',
  backupFailed: 'notifications.failedBackups',
};

async function tell(health: Health, switchedBy: NotificationSetting): Promise<void> {
  const message = `${health.project.name}: ${healthSentence(health)}. ${healthExplanation(health, new Date())}`;
  const names = actionsOf(health);
  const titles = names.map(commandTitle);
  const silence = l10n.t('Don’t Show Again');
  const show = health.level === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const choice = await show(message, ...titles, silence);
  if (choice === silence) await switchOff(switchedBy);
  const name = names[titles.indexOf(choice ?? '')];
  if (name !== undefined) await vscode.commands.executeCommand(COMMANDS[name], targetOf(health));
}

function actionsOf({ kind, project }: Health): readonly CommandName[] {
  if (kind === 'backupFailed') return ['backUpNow', 'showLog'];
  const canRestore = vscode.workspace.isTrusted && project.overview?.lastGoodId !== undefined;
  if (!canRestore) return ['showBackups'];
  return kind === 'shrunk' ? ['restore', 'compareWithCurrent'] : ['restoreLastGood'];
}
