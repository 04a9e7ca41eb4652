import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { COMMANDS } from '../contributions.js';
import type { Log } from '../log.js';
import { shownProblems } from '../model/shownProblem.js';
import type { Projects } from '../projects/projects.js';
import type { BackupsTree } from '../tree/backupsTree.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { parseMessageToExtension, type MessageToExtension, type MessageToPage } from './protocol.js';
import { timelineData } from './timelineData.js';
import { timelinePage } from './timelinePage.js';
import { pageWords } from './timelineWords.js';

export interface TimelineServices {
  readonly projects: Projects;
  readonly tree: BackupsTree;
  readonly log: Log;
  readonly extensionUri: vscode.Uri;
}

/** The timeline of one project in an editor tab: sends data to its page, and handles the page's messages. */
export class TimelinePanel implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable;
  private isListening = false;
  /** The last message, because equal messages are not sent again. */
  private posted = '';
  private drawn: number | undefined;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly root: string,
    private readonly services: TimelineServices,
  ) {
    const { webview } = panel;
    this.subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((message: unknown) => void this.receive(message)),
      panel.onDidChangeViewState(() => {
        // VS Code discards the page of a hidden tab; the next page sends `ready`.
        if (panel.visible) return;
        this.isListening = false;
        this.drawn = undefined;
      }),
      panel.onDidDispose(() => {
        this.subscriptions.dispose();
      }),
    );
    panel.title = this.title();
    panel.iconPath = vscode.Uri.joinPath(services.extensionUri, 'media', 'icon.png');
    webview.options = { enableScripts: true, localResourceRoots: [this.files()] };
    webview.html = this.html();
  }

  /** Undefined until the page has drawn its points, and while it is hidden. */
  get drawnPointCount(): number | undefined {
    return this.drawn;
  }

  reveal(): void {
    this.panel.reveal();
  }

  refresh(): void {
    if (!this.isListening) return;
    const message = this.message();
    const text = JSON.stringify(message);
    if (text === this.posted) return;
    this.posted = text;
    this.panel.title = this.title();
    void this.panel.webview.postMessage(message);
  }

  /** Handles a message of the page. Errors are logged; commands report their own. */
  async receive(value: unknown): Promise<void> {
    const message = parseMessageToExtension(value);
    try {
      if (message === undefined) throw new Error('The timeline page sent an invalid message');
      await this.act(message);
    } catch (error) {
      this.services.log.error('timeline', error);
    }
  }

  dispose(): void {
    this.panel.dispose();
  }

  private async act(message: MessageToExtension): Promise<void> {
    const { root } = this;
    switch (message.type) {
      case 'ready':
        this.isListening = true;
        this.posted = '';
        this.refresh();
        return;
      case 'drawn':
        this.drawn = message.pointCount;
        return;
      case 'reveal':
        await this.revealInTree(message.id);
        return;
      case 'compare': {
        const [first, second] = message.ids.map((id) => ({ root, id }));
        await vscode.commands.executeCommand(COMMANDS.compareTwo, first, [first, second]);
        return;
      }
      case 'backUp':
        await vscode.commands.executeCommand(COMMANDS.backUpNow, { root });
        return;
      case 'failed':
        throw new Error(`In the timeline page: ${plainLine(message.message)}`);
    }
  }

  private async revealInTree(id: string): Promise<void> {
    const { tree } = this.services;
    if (await tree.reveal(this.root, id)) return;
    // The filter could hide the backup that the user has asked to see.
    tree.filter = '';
    await tree.reveal(this.root, id);
  }

  private message(): MessageToPage {
    const { projects } = this.services;
    const project = projects.states.find(({ root }) => root === this.root);
    if (project?.overview !== undefined) {
      const options = { name: project.name, isTrusted: vscode.workspace.isTrusted };
      return { type: 'data', data: timelineData(project.overview, options) };
    }
    const [problem] = project === undefined ? [] : shownProblems(project, new Date());
    if (problem !== undefined) return { type: 'note', text: `${problem.title}. ${problem.explanation}` };
    const text = projects.isLoaded
      ? l10n.t('The feature database in {0} no longer exists.', plainLine(this.root))
      : pageWords().loading;
    return { type: 'note', text };
  }

  private title(): string {
    const { states } = this.services.projects;
    const name = states.length > 1 ? states.find(({ root }) => root === this.root)?.name : undefined;
    const { title } = pageWords();
    return name === undefined ? l10n.t('Backup Timeline') : l10n.t('{0}: {1}', title, plainLine(name));
  }

  private html(): string {
    const { webview } = this.panel;
    const uriOf = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(this.files(), file)).toString();
    return timelinePage({
      nonce: randomBytes(18).toString('base64url'),
      cspSource: webview.cspSource,
      scriptUri: uriOf('timeline.js'),
      styleUri: uriOf('timeline.css'),
      language: vscode.env.language,
      words: pageWords(),
    });
  }

  private files(): vscode.Uri {
    return vscode.Uri.joinPath(this.services.extensionUri, 'dist', 'timeline');
  }
}
