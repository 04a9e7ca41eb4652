import * as vscode from 'vscode';
import { dismissed } from './pick.js';

export interface Confirmation {
  readonly question: string;
  readonly detail: string;
  /** Names the action. Undefined: the action is not possible, only its preview. */
  readonly button: string | undefined;
  /** The second button, which shows a preview. Undefined: there is nothing to compare with. */
  readonly show: { readonly button: string; readonly act: () => Promise<void> } | undefined;
}

/** Resolves after the user has confirmed; throws `cancelled` otherwise. */
export async function confirmModal({ question, detail, button, show }: Confirmation): Promise<void> {
  const buttons = [button, show?.button].filter((label) => label !== undefined);
  const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, ...buttons);
  if (choice === undefined) throw dismissed();
  if (choice === button) return;
  await show?.act();
  if (button === undefined) throw dismissed();
  // Not modal, because a modal dialog would hide the preview.
  if ((await vscode.window.showWarningMessage(question, button)) !== button) throw dismissed();
}
