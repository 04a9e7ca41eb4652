import { relative } from 'node:path';
import type { SetupKind, SetupPart, UnplannedPart } from '../../core/engine.js';
import { visible, visibleLines } from '../../core/system/index.js';
import type { Console } from '../console.js';

/** Prints the changes that each connection makes to a project, with a diff of every file that belongs to the user. */
export function printParts(
  parts: readonly SetupPart[],
  action: 'install' | 'remove',
  { colours, print }: Console,
): void {
  const preposition = action === 'install' ? 'in' : 'from';
  const verb = action === 'install' ? 'Install' : 'Remove';
  for (const { kind, root, diff, ownFiles, notes } of parts) {
    print(`${colours.bold(`${verb} ${PART_NAMES[kind]} ${preposition} ${visible(root)}`)}\n`);
    print(visibleLines(diff));
    for (const path of ownFiles) print(`  ${visible(relative(root, path))}\n`);
    for (const note of notes) print(`${visibleLines(note)}\n`);
  }
}

export function printUnplanned(unplanned: readonly UnplannedPart[], { note }: Console): void {
  for (const { kind, root, error } of unplanned) {
    const hint = error.hint === undefined ? '' : ` ${visible(error.hint)}`;
    note(`feature-backups: ${PART_NAMES[kind]} of ${visible(root)}: ${visible(error.message)}.${hint}\n`);
  }
}

export function partView({ kind, root, files, diff, notes }: SetupPart) {
  return { kind, root, files, diff, notes };
}

export function unplannedView({ kind, root, error }: UnplannedPart) {
  return { kind, root, message: error.message, hint: error.hint ?? null };
}

export const PART_NAMES: Readonly<Record<SetupKind, string>> = {
  claude: 'the hook of Claude Code',
  mcp: 'the tap',
  git: 'the git hooks',
};
