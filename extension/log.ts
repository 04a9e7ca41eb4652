import * as vscode from 'vscode';
import { BackupError } from '../core/system/index.js';

/** The output channel "Feature Backups". */
export class Log implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel('Feature Backups', { log: true });

  info(message: string): void {
    this.channel.info(message);
  }

  /** What is not one of the engine's own errors is a bug, whose stack is worth having. */
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
