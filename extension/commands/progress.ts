import * as vscode from 'vscode';
import type { CallOptions } from '../engine/engineProcess.js';

/**
 * Runs one call, and shows its progress in a notification if it takes long. Short calls show none, because VS Code drops
 * every notification after the third within 800 ms, which could be the one with the result.
 */
export async function withProgress<T>(
  title: string,
  work: (options: CallOptions) => Promise<T>,
  { isCancellable }: { readonly isCancellable: boolean } = { isCancellable: true },
): Promise<T> {
  const abort = new AbortController();
  const report = new LatestProgress();
  const result = work({ onProgress: report.update, signal: isCancellable ? abort.signal : undefined });
  if (await isFinishedWithin(SHOWN_AFTER_MS, result)) return await result;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: isCancellable };
  return await vscode.window.withProgress(options, async (progress, token) => {
    const subscription = token.onCancellationRequested(() => abort.abort());
    report.show(progress);
    try {
      return await result;
    } finally {
      subscription.dispose();
    }
  });
}

const SHOWN_AFTER_MS = 500;

async function isFinishedWithin(timeoutMs: number, result: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const finished = result.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([finished, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps the latest step until the notification is open. */
class LatestProgress {
  private progress: vscode.Progress<{ message: string; increment: number }> | undefined;
  private latest: { readonly step: string; readonly fraction: number } | undefined;
  private shownPercent = 0;

  readonly update = (step: string, fraction: number): void => {
    this.latest = { step, fraction };
    this.render();
  };

  show(progress: vscode.Progress<{ message: string; increment: number }>): void {
    this.progress = progress;
    this.render();
  }

  private render(): void {
    if (this.progress === undefined || this.latest === undefined) return;
    const increment = Math.max(0, this.latest.fraction * 100 - this.shownPercent);
    this.shownPercent += increment;
    this.progress.report({ message: this.latest.step, increment });
  }
}
