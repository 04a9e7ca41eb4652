import * as vscode from 'vscode';
import { milliseconds } from '../settings.js';

// While polling is disabled, the setting is still read at this interval.
const PAUSE_WHEN_OFF_MS = 60_000;

/** Runs `act` at once, and then `watch.pollSeconds` after each run; 0 disables it. */
export function startPolling(act: () => Promise<void>): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;
  const turn = async (): Promise<void> => {
    const pauseMs = milliseconds('watch.pollSeconds');
    if (pauseMs > 0) await act();
    if (!isDisposed) timer = setTimeout(() => void turn(), pauseMs > 0 ? pauseMs : PAUSE_WHEN_OFF_MS);
  };
  void turn();
  return new vscode.Disposable(() => {
    isDisposed = true;
    clearTimeout(timer);
  });
}
