import * as vscode from 'vscode';
import { DOCUMENT_SCHEME } from '../contributions.js';
import type { EngineProcess } from '../engine/engineProcess.js';
import { failureWords } from '../model/failureWords.js';
import { renderFeatures } from '../model/renderFeatures.js';
import type { Projects } from '../projects/projects.js';
import { l10n } from '../words/l10n.js';
import { parseQuery, uriParts, type ShownState } from './stateUri.js';

/** Backlogs as read-only text for editors and diff editors. */
export class FeatureDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly engine: EngineProcess,
    projects: Projects,
    /** Other extensions can create URIs too, so only known projects are shown. */
    private readonly isKnown: (root: string) => boolean,
  ) {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(DOCUMENT_SCHEME, this),
      projects.onDidChange(() => this.refreshLive()),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const shown = parseQuery(uri.query);
    if (shown === undefined || !this.isKnown(shown.root)) {
      return l10n.t('This backlog does not belong to a known project.');
    }
    try {
      return renderFeatures(await this.engine.call('readFeatures', shown));
    } catch (error) {
      // One side of a diff may be readable, so the other shows the error.
      return `${failureWords(error).message}\n`;
    }
  }

  async open(shown: ShownState, title: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(toUri(shown, title));
    await vscode.window.showTextDocument(document, { preview: true });
  }

  async diff(before: TitledState, after: TitledState): Promise<void> {
    const title = l10n.t('{0} ↔ {1}', before.title, after.title);
    await vscode.commands.executeCommand('vscode.diff', toUri(before, before.title), toUri(after, after.title), title);
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private refreshLive(): void {
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme === DOCUMENT_SCHEME && parseQuery(uri.query)?.state.kind === 'live') this.changed.fire(uri);
    }
  }
}

export interface TitledState extends ShownState {
  readonly title: string;
}

function toUri(shown: ShownState, title: string): vscode.Uri {
  return vscode.Uri.from({ scheme: DOCUMENT_SCHEME, ...uriParts(shown, title) });
}
