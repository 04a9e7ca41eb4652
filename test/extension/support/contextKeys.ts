import * as vscode from 'vscode';

/** Records the context keys that the extension sets, because VS Code offers no way to read them. */
export class ContextKeys {
  private readonly values = new Map<string, unknown>();
  private original: typeof vscode.commands.executeCommand | undefined;

  install(): void {
    const original = vscode.commands.executeCommand;
    this.original = original;
    const recording = (command: string, ...args: readonly unknown[]): Thenable<unknown> => {
      if (command === 'setContext') this.values.set(String(args[0]), args[1]);
      return original(command, ...args);
    };
    Object.assign(vscode.commands, { executeCommand: recording });
  }

  restore(): void {
    Object.assign(vscode.commands, { executeCommand: this.original });
  }

  get(key: string): unknown {
    return this.values.get(key);
  }
}
