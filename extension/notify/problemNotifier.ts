import * as vscode from 'vscode';
import { isRecord } from '../../core/system/index.js';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandTitle } from '../commands/commandTitle.js';
import { healthOf, targetOf, type Health, type HealthKind, type Problem } from '../model/health.js';
import { healthExplanation, healthSentence, recoverySentence } from '../model/healthWords.js';
import { problemChanges } from '../model/problemChanges.js';
import type { Projects } from '../projects/projects.js';
import { setting, disableNotification, type NotificationSetting } from '../settings.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';

/** The part of `vscode.Memento` that is used here. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/**
 * Notifies once when a problem opens, with actions and "Don’t Show Again", and once when it is resolved. The workspace state
 * remembers reported problems, so that a reopened window does not repeat them.
 */
export class ProblemNotifier implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly projects: Projects,
    private readonly memory: Memory,
  ) {
    this.subscription = projects.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    for (const health of this.projects.healths()) {
      // Without a successful refresh it is unknown whether problems are resolved.
      if (health.project.overview !== undefined && health.project.refreshFailure === undefined) this.updateOne(health);
    }
  }

  private updateOne(health: Health): void {
    const { root } = health.project;
    const notified = parseNotified(this.memory.get(memoryKey(root)));
    const changes = problemChanges(health, notified, (kind) => SETTINGS[kind] !== undefined);
    if (changes.opened.length === 0 && changes.resolved.length === 0) return;
    void this.memory.update(memoryKey(root), changes.notified.length === 0 ? undefined : changes.notified);
    // The restore command has its own report, which a second notification could push off the screen.
    if (!this.projects.isBeingRestored(root)) for (const problem of changes.resolved) notifyResolved(health, problem);
    for (const problem of changes.opened) void notify(healthOf(problem, health));
  }
}

const SETTINGS: Partial<Readonly<Record<HealthKind, NotificationSetting>>> = {
  damaged: 'notifications.damage',
  gone: 'notifications.damage',
  shrunk: 'notifications.damage',
  backupFailed: 'notifications.failedBackups',
  drillFailed: 'notifications.failedDrills',
  replicationFailed: 'notifications.failedCopies',
  overdue: 'notifications.overdueBackups',
};

function memoryKey(root: string): string {
  return `told:${root}`;
}

/** Another version may have written the workspace state. */
function parseNotified(value: unknown): readonly Problem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isProblem).filter(({ kind }) => Object.hasOwn(SETTINGS, kind));
}

function isProblem(value: unknown): value is Problem {
  return isRecord(value) && typeof value.kind === 'string' && typeof value.subject === 'string';
}

async function notify(health: Health): Promise<void> {
  const settingName = SETTINGS[health.kind];
  if (settingName === undefined || !setting(settingName)) return;
  const message = `${plainLine(health.project.name)}: ${healthSentence(health)}. ${healthExplanation(health, new Date())}`;
  const names = actionsOf(health);
  const titles = names.map(commandTitle);
  const dontShowAgain = l10n.t('Don’t Show Again');
  const show = health.level === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const choice = await show(message, ...titles, dontShowAgain);
  if (choice === dontShowAgain) await disableNotification(settingName);
  const name = names[titles.indexOf(choice ?? '')];
  if (name !== undefined) await vscode.commands.executeCommand(COMMANDS[name], targetOf(health));
}

function notifyResolved({ project }: Health, problem: Problem): void {
  const settingName = SETTINGS[problem.kind];
  if (settingName === undefined || !setting(settingName)) return;
  void vscode.window.showInformationMessage(`${plainLine(project.name)}: ${recoverySentence({ ...problem, project })}`);
}

function actionsOf({ kind, project }: Health): readonly CommandName[] {
  const { isTrusted } = vscode.workspace;
  switch (kind) {
    case 'backupFailed':
      return ['backUpNow', 'showLog'];
    case 'overdue':
      return isTrusted ? ['backUpNow'] : ['showBackups'];
    case 'drillFailed':
      return isTrusted ? ['verifyAll', 'showBackups'] : ['showBackups'];
    case 'replicationFailed':
      return isTrusted ? ['replicate', 'showLog'] : ['showLog'];
    default:
      break;
  }
  const canRestore = isTrusted && project.overview?.lastGoodId !== undefined;
  if (!canRestore) return ['showBackups'];
  return kind === 'shrunk' ? ['restore', 'compareWithCurrent'] : ['restoreLastGood'];
}
