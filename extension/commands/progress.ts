import * as vscode from 'vscode';
import type { CallOptions } from '../engine/engineProcess.js';

/** Runs one call with a notification that shows how far it is; the user may end it where that is harmless. */
export async function withProgress<T>(
  title: string,
  work: (options: CallOptions) => Promise<T>,
  { isCancellable }: { readonly isCancellable: boolean } = { isCancellable: true },
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: isCancellable };
  return await vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    let reported = 0;
    const onProgress = (step: string, fraction: number): void => {
      const increment = Math.max(0, fraction * 100 - reported);
      reported += increment;
      progress.report({ message: step, increment });
    };
    try {
      return await work({ onProgress, signal: isCancellable ? abort.signal : undefined });
    } finally {
      subscription.dispose();
    }
  });
}
