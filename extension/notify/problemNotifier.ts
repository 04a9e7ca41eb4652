import * as vscode from 'vscode';
import type { HealthProblemCode } from '../../core/health/index.js';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandTitle } from '../commands/commandTitle.js';
import { helpfulCommands, targetOf } from '../model/problemActions.js';
import { parseEarlierProblems, parseNotified, problemChanges, type NotifiedProblem } from '../model/problemChanges.js';
import type { ProjectState } from '../model/projectState.js';
import { shownProblems, type ShownProblem } from '../model/shownProblem.js';
import type { Projects } from '../projects/projects.js';
import { setting, disableNotification, type NotificationSetting } from '../settings.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { resolvedSentence } from '../words/problemWords.js';

/** The part of `vscode.Memento` that is used here. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/**
 * Notifies once when a problem opens, with actions and "Don’t Show Again", and once when it is resolved. The workspace
 * state records reported problems, so that a reopened window does not repeat them.
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
    for (const project of this.projects.states) {
      const isChecked = project.overview !== undefined || project.problems.length > 0;
      // Without a finished check it is unknown whether problems are resolved.
      if (isChecked && project.checkFailure === undefined) this.updateOne(project);
    }
  }

  private updateOne(project: ProjectState): void {
    const { root } = project;
    const earlier = parseEarlierProblems(this.memory.get(earlierKey(root)));
    const notified = [...parseNotified(this.memory.get(memoryKey(root)), isCode), ...earlier];
    const changes = problemChanges(project, notified, (code) => SETTINGS[code] !== undefined);
    if (earlier.length > 0) void this.memory.update(earlierKey(root), undefined);
    if (changes.opened.length === 0 && changes.resolved.length === 0 && earlier.length === 0) return;
    void this.memory.update(memoryKey(root), changes.notified.length === 0 ? undefined : changes.notified);
    this.report(
      project,
      changes.resolved.filter((problem) => !earlier.includes(problem)),
    );
    const opened = new Set(changes.opened.map(({ code, subject }) => `${code}|${subject}`));
    for (const problem of shownProblems(project, new Date())) {
      if (opened.has(problem.id)) void notify(project, problem);
    }
  }

  /** The restore command has its own report, which a second notification could push off the screen. */
  private report(project: ProjectState, resolved: readonly NotifiedProblem[]): void {
    if (this.projects.isBeingRestored(project.root)) return;
    for (const problem of resolved) notifyResolved(project, problem);
  }
}

/** The setting that turns each notification off. A new project without backups needs no notification. */
const SETTINGS: Readonly<Record<HealthProblemCode, NotificationSetting | undefined>> = {
  'backups-gone': 'notifications.damage',
  'database-damaged': 'notifications.damage',
  'database-gone': 'notifications.damage',
  'database-shrunk': 'notifications.damage',
  'other-database': 'notifications.damage',
  'unsafe-file-system': 'notifications.damage',
  'project-gone': 'notifications.damage',
  'store-unusable': 'notifications.failedBackups',
  'backup-failed': 'notifications.failedBackups',
  'metadata-unreadable': 'notifications.failedBackups',
  'schedule-unreadable': 'notifications.failedBackups',
  'drill-failed': 'notifications.failedDrills',
  'backup-damaged': 'notifications.failedDrills',
  'replication-failed': 'notifications.failedCopies',
  'backup-overdue': 'notifications.overdueBackups',
  'connection-broken': 'notifications.failedBackups',
  'not-connected': undefined,
  'never-backed-up': undefined,
};

function isCode(text: string): text is HealthProblemCode {
  return Object.hasOwn(SETTINGS, text);
}

function memoryKey(root: string): string {
  return `notified:${root}`;
}

/** The key used by versions with their own kinds of problems. */
function earlierKey(root: string): string {
  return `told:${root}`;
}

async function notify(project: ProjectState, problem: ShownProblem): Promise<void> {
  const settingName = problem.code && SETTINGS[problem.code];
  if (settingName === undefined || !setting(settingName)) return;
  const message = `${plainLine(project.name)}: ${problem.title}. ${problem.explanation}`;
  const names = buttonsFor(problem, project);
  const titles = names.map(commandTitle);
  const dontShowAgain = l10n.t('Don’t Show Again');
  const show = problem.level === 'critical' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const choice = await show(message, ...titles, dontShowAgain);
  if (choice === dontShowAgain) await disableNotification(settingName);
  const name = names[titles.indexOf(choice ?? '')];
  if (name !== undefined) await vscode.commands.executeCommand(COMMANDS[name], targetOf(problem, project));
}

function notifyResolved({ name }: ProjectState, problem: NotifiedProblem): void {
  const settingName = SETTINGS[problem.code];
  if (settingName === undefined || !setting(settingName)) return;
  void vscode.window.showInformationMessage(`${plainLine(name)}: ${resolvedSentence(problem)}`);
}

function buttonsFor(problem: ShownProblem, project: ProjectState): readonly CommandName[] {
  const [first = 'showBackups', second] = helpfulCommands(problem, project, vscode.workspace.isTrusted);
  const isRoom = second !== undefined && commandTitle(first).length + commandTitle(second).length <= MAX_BUTTON_LENGTH;
  return isRoom ? [first, second] : [first];
}

/** Beside "Don’t Show Again", VS Code truncates longer titles. */
const MAX_BUTTON_LENGTH = 44;
