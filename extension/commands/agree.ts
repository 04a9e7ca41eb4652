import * as vscode from 'vscode';
import { dismissed } from './pick.js';

export interface Agreement {
  readonly question: string;
  readonly detail: string;
  /** Names the act. Undefined: it cannot be done, only looked at. */
  readonly button: string | undefined;
  /** What the second button is called, and shows. */
  readonly show: { readonly button: string; readonly act: () => Promise<void> };
}

/** Resolves when the user has pressed the button that names the act; throws `cancelled` when he has not. */
export async function agree({ question, detail, button, show }: Agreement): Promise<void> {
  const buttons = button === undefined ? [show.button] : [button, show.button];
  const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, ...buttons);
  if (choice === undefined) throw dismissed();
  if (choice === button) return;
  await show.act();
  if (button === undefined) throw dismissed();
  // Beside what is shown a modal dialog would hide what is to be read.
  if ((await vscode.window.showWarningMessage(question, button)) !== button) throw dismissed();
}
