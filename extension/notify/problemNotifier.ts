import * as vscode from 'vscode';
import { isRecord } from '../../core/system/index.js';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandTitle } from '../commands/commandTitle.js';
import { healthOf, targetOf, type Health, type HealthKind, type Problem } from '../model/health.js';
import { healthExplanation, healthSentence, recoverySentence } from '../model/healthWords.js';
import { problemNews } from '../model/problemNews.js';
import type { Projects } from '../projects/projects.js';
import { setting, switchOff, type NotificationSetting } from '../settings.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';

/** The used part of `vscode.Memento`. */
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
      if (health.project.overview !== undefined && health.project.lookFailure === undefined) this.updateOne(health);
    }
  }

  private updateOne(health: Health): void {
    const { root } = health.project;
    const told = parseTold(this.memory.get(memoryKey(root)));
    const news = problemNews(health, told, (kind) => SETTINGS[kind] !== undefined);
    if (news.begun.length === 0 && news.over.length === 0) return;
    void this.memory.update(memoryKey(root), news.told.length === 0 ? undefined : news.told);
    // The restore command has its own report, which a second notification could push off the screen.
    if (!this.projects.isBeingMended(root)) for (const problem of news.over) tellOver(health, problem);
    for (const problem of news.begun) void tell(healthOf(problem, health));
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
function parseTold(value: unknown): readonly Problem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isProblem).filter(({ kind }) => Object.hasOwn(SETTINGS, kind));
}

function isProblem(value: unknown): value is Problem {
  return isRecord(value) && typeof value.kind === 'string' && typeof value.subject === 'string';
}

async function tell(health: Health): Promise<void> {
  const switchedBy = SETTINGS[health.kind];
  if (switchedBy === undefined || !setting(switchedBy)) return;
  const message = `${plainLine(health.project.name)}: ${healthSentence(health)}. ${healthExplanation(health, new Date())}`;
  const names = actionsOf(health);
  const titles = names.map(commandTitle);
  const silence = l10n.t('Don’t Show Again');
  const show = health.level === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const choice = await show(message, ...titles, silence);
  if (choice === silence) await switchOff(switchedBy);
  const name = names[titles.indexOf(choice ?? '')];
  if (name !== undefined) await vscode.commands.executeCommand(COMMANDS[name], targetOf(health));
}

function tellOver({ project }: Health, problem: Problem): void {
  const switchedBy = SETTINGS[problem.kind];
  if (switchedBy === undefined || !setting(switchedBy)) return;
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
