import * as vscode from 'vscode';

/** Of rows that are there to be known of, and need nobody: their names are greyed. */
export const GREYED_SCHEME = 'feature-backups-greyed';

/** A tree's row has no colour of its own; VS Code takes it from a decoration of what the row stands for. */
export class GreyedProjects implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly registration = vscode.window.registerFileDecorationProvider(this);

  provideFileDecoration({ scheme }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== GREYED_SCHEME) return undefined;
    return new vscode.FileDecoration(undefined, undefined, new vscode.ThemeColor('disabledForeground'));
  }

  dispose(): void {
    this.registration.dispose();
  }
}
