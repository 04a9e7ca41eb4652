import { cpSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { EXTENSION_ID } from '../../../extension/commands/commandTitle.js';

/** A project of AutoForge with 598 features, 200 of them passing, the last 29 only in the write-ahead log. */
export function makeProject(folder: string): string {
  const extension = vscode.extensions.getExtension(EXTENSION_ID);
  const fixture = join(extension?.extensionPath ?? '', 'test/fixtures/autoforge-live/2-after-200-passing');
  cpSync(fixture, join(folder, '.autoforge'), { recursive: true });
  return folder;
}
