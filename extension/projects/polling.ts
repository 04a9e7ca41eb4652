import * as vscode from 'vscode';
import { milliseconds } from '../settings.js';

// Switched off, it still asks now and then whether it has been switched on.
const PAUSE_WHEN_OFF_MS = 60_000;

/** Does something at once and then every `watch.pollSeconds`, each time after the last has ended; 0 switches it off. */
export function every(act: () => Promise<void>): vscode.Disposable {
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
