import { relative } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/system/index.js';
import type { SetUpKind, SetUpPreview } from '../engine/protocol.js';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { confirmModal } from './confirm.js';
import type { Services } from './command.js';
import { dismissed } from './pick.js';
import { withProgress } from './progress.js';
import type { Target } from './target.js';

export interface SetUpWords {
  readonly question: (folder: string) => string;
  readonly explanation: string;
  readonly button: string;
  readonly alreadyDone: string;
  readonly done: string;
}

/** Previews the changes to the user's files, asks, and makes exactly these changes. */
export async function setUpWithPreview(
  services: Services,
  target: Target,
  kind: SetUpKind,
  words: SetUpWords,
): Promise<void> {
  const { engine, projects, previews, programsPath } = services;
  const root = await pickFolder(services, target);
  const request = { root, kind, programsPath };
  const preview = await withProgress(l10n.t('Previewing the changes'), (options) =>
    engine.call('planSetUp', request, options),
  );
  if (preview.isEmpty) {
    report(preview, words.alreadyDone);
    return;
  }
  await confirmModal({
    question: words.question(nameOfFolder(root)),
    detail: detailOf(root, preview, words.explanation),
    button: words.button,
    show: { button: l10n.t('Show Changes'), act: () => previews.show(`${kind}-set-up.diff`, preview.diff) },
  });
  await engine.call('setUp', { ...request, seen: preview.diff });
  report(preview, words.done);
  await projects.refresh();
}

function report({ obstacles }: SetUpPreview, success: string): void {
  if (obstacles.length === 0) void vscode.window.showInformationMessage(success);
  else void vscode.window.showWarningMessage(obstacles.join(' '));
}

function detailOf(root: string, { files, notes }: SetUpPreview, explanation: string): string {
  const changed = files.map((path) => `• ${nameIn(root, path)}`);
  const list = changed.length === 0 ? [] : [l10n.t('Files to change or create:'), ...changed];
  return [explanation, list.join('\n'), notes.join('\n')].filter((part) => part !== '').join('\n\n');
}

function nameIn(root: string, path: string): string {
  const name = relative(root, path);
  return name === '' || name.startsWith('..') ? path : name;
}

/** Also offers folders without a database, because an agent is best connected before it starts. */
async function pickFolder({ projects }: Services, target: Target): Promise<string> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const roots = [...new Set([...projects.states.map(({ root }) => root), ...folders])];
  const requested = roots.find((root) => root === target.root);
  const [first, ...others] = roots;
  if (requested !== undefined) return requested;
  if (first === undefined) throw noFolder();
  if (others.length === 0) return first;
  const items = roots.map((root) => ({ label: plainLine(nameOfFolder(root)), description: plainLine(root), root }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: l10n.t('Select a project') });
  if (picked === undefined) throw dismissed();
  return picked.root;
}

function nameOfFolder(root: string): string {
  return root.split(/[/\\]/).findLast((part) => part !== '') ?? root;
}

function noFolder(): BackupError {
  return new BackupError(l10n.t('Open a project folder first'), {
    code: 'project-not-found',
    operation: 'find the project',
  });
}
