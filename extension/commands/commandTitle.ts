import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.js';

export const EXTENSION_ID = 'feature-backups.feature-backups';

/** The translated title of a command from package.json. */
export function commandTitle(name: CommandName): string {
  const manifest: unknown = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON;
  const contributed = (manifest as Manifest | undefined)?.contributes?.commands ?? [];
  const title = contributed.find(({ command }) => command === COMMANDS[name])?.title;
  return typeof title === 'string' ? title : (title?.value ?? name);
}

/** The part of package.json that is read here; a translated title may be an object. */
interface Manifest {
  readonly contributes?: {
    readonly commands?: readonly {
      readonly command: string;
      readonly title: string | { readonly value: string };
    }[];
  };
}
