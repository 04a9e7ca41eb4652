import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.js';
import { commandTitle } from '../commands/commandTitle.js';
import { statusView, type StatusView } from '../model/statusView.js';
import type { Projects } from '../projects/projects.js';
import { setting } from '../settings.js';

/** The status bar item. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'featureBackups.status',
    vscode.StatusBarAlignment.Left,
    20,
  );
  private readonly subscriptions: vscode.Disposable;
  private shown: StatusView | undefined;

  constructor(private readonly projects: Projects) {
    this.item.name = 'Feature Backups';
    this.item.command = COMMANDS.showActions;
    // The displayed age grows without any event.
    const clock = setInterval(() => this.update(), UPDATE_INTERVAL_MS);
    this.subscriptions = vscode.Disposable.from(
      this.item,
      projects.onDidChange(() => this.update()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.update()),
      new vscode.Disposable(() => clearInterval(clock)),
    );
    this.update();
  }

  /** Undefined while the item is hidden. */
  get view(): StatusView | undefined {
    return this.shown;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private update(): void {
    const now = new Date();
    const view = statusView(this.projects.states, now, vscode.workspace.isTrusted);
    this.shown = setting('statusBar.enabled') ? view : undefined;
    if (this.shown === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = this.shown.text;
    this.item.accessibilityInformation = { label: this.shown.ariaLabel, role: 'button' };
    this.item.tooltip = tooltip(this.shown);
    this.item.backgroundColor = background(this.shown);
    this.item.show();
  }
}

const UPDATE_INTERVAL_MS = 30_000;
const LINKS_IN_TOOLTIP = 3;

function background({ background: level }: StatusView): vscode.ThemeColor | undefined {
  return level === undefined ? undefined : new vscode.ThemeColor(`statusBarItem.${level}Background`);
}

function tooltip(view: StatusView): vscode.MarkdownString {
  const actions = view.actions.slice(0, LINKS_IN_TOOLTIP);
  const markdown = new vscode.MarkdownString(`${view.tooltip}\n\n${actions.map(link).join(' · ')}`, true);
  markdown.isTrusted = { enabledCommands: actions.map((name) => COMMANDS[name]) };
  return markdown;
}

function link(name: CommandName): string {
  return `[${commandTitle(name)}](command:${COMMANDS[name]})`;
}
