import * as vscode from 'vscode';
import { BackupError } from '../core/system/index.js';

/** The output channel "Feature Backups". */
export class Log implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel('Feature Backups', { log: true });

  info(message: string): void {
    this.channel.info(message);
  }

  /** Logs the stack of unexpected errors, because they are bugs. */
  error(operation: string, error: unknown): void {
    if (error instanceof BackupError) {
      const where = error.path === undefined ? '' : ` [${error.path}]`;
      this.channel.error(`${operation}: ${error.message} (${error.code})${where}`);
      return;
    }
    this.channel.error(`${operation}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}
