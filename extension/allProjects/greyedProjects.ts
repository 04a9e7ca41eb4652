import * as vscode from 'vscode';

/** URI scheme of rows with greyed-out names. */
export const GREYED_SCHEME = 'feature-backups-greyed';

/** VS Code offers no other way to colour a tree row than a decoration of its resource. */
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
