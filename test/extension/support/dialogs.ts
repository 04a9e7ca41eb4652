import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** One dialog or notification of the extension. */
export interface Shown {
  readonly kind: 'information' | 'warning' | 'error' | 'pick' | 'input';
  readonly message: string;
  readonly detail: string;
  readonly choices: readonly string[];
}

type Answer = (shown: Shown) => string | readonly string[] | undefined;

/**
 * Answers in place of the user, because VS Code refuses modal dialogs in test runs. `answer` returns the label of a button
 * or item (several if many can be picked) or the text of an input box; undefined dismisses the dialog.
 */
export class Dialogs {
  private static installed: Dialogs | undefined;

  /** Everything shown since the last `answerWith`, one line each, for the message of a failed assertion. */
  static transcript(): string {
    const shown = Dialogs.installed?.shown ?? [];
    return shown.map(({ kind, message, choices }) => `\n  ${kind}: ${message} [${choices.join(', ')}]`).join('');
  }

  readonly shown: Shown[] = [];
  private readonly originals: Partial<Record<string, unknown>> = {};
  private answer: Answer = () => undefined;

  install(): void {
    Dialogs.installed = this;
    this.replaceMessages('showInformationMessage', 'information');
    this.replaceMessages('showWarningMessage', 'warning');
    this.replaceMessages('showErrorMessage', 'error');
    this.replace('showQuickPick', (items: readonly vscode.QuickPickItem[], options?: vscode.QuickPickOptions) => {
      const offered = items;
      const choices = offered.map(({ label }) => label);
      const chosen = this.ask({
        kind: 'pick',
        message: options?.title ?? '',
        detail: options?.placeHolder ?? '',
        choices,
      });
      if (chosen === undefined) return undefined;
      const labels = typeof chosen === 'string' ? [chosen] : chosen;
      const found = offered.filter(({ label }) => labels.some((wanted) => label.includes(wanted)));
      assert.ok(found.length > 0, `none of ${choices.join(' | ')} is ${labels.join(' | ')}`);
      return options?.canPickMany ? found : found[0];
    });
    this.replace('showInputBox', (options?: vscode.InputBoxOptions) =>
      Promise.resolve(
        this.ask({ kind: 'input', message: options?.title ?? '', detail: options?.prompt ?? '', choices: [] }),
      ),
    );
  }

  restore(): void {
    Object.assign(vscode.window, this.originals);
    this.reset();
  }

  /** Clears `shown`. */
  answerWith(answer: Answer): void {
    this.reset();
    this.answer = answer;
  }

  find(pattern: RegExp): Shown | undefined {
    return this.shown.find(({ message, detail }) => pattern.test(`${message}\n${detail}`));
  }

  private reset(): void {
    this.shown.length = 0;
    this.answer = () => undefined;
  }

  private ask(shown: Shown): ReturnType<Answer> {
    this.shown.push(shown);
    return this.answer(shown);
  }

  private replaceMessages(
    name: 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage',
    kind: Shown['kind'],
  ): void {
    this.replace(name, (message: string, ...rest: readonly unknown[]) => {
      const [first] = rest;
      const options = isOptions(first) ? first : undefined;
      const choices = rest.filter((item): item is string => typeof item === 'string');
      const chosen = this.ask({ kind, message, detail: options?.detail ?? '', choices });
      if (chosen !== undefined)
        assert.ok(
          typeof chosen === 'string' && choices.includes(chosen),
          `${String(chosen)} is not offered: ${choices.join(' | ')}`,
        );
      return Promise.resolve(chosen);
    });
  }

  private replace(name: keyof typeof vscode.window, replacement: unknown): void {
    this.originals[name] ??= vscode.window[name];
    Object.assign(vscode.window, { [name]: replacement });
  }
}

function isOptions(value: unknown): value is vscode.MessageOptions {
  return typeof value === 'object' && value !== null;
}
