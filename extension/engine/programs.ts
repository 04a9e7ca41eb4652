import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of the extension's `dist` that hooks and settings start from outside the editor. */
export const PROGRAM = { commandLine: 'feature-backups.cjs', gitHook: 'git-hook.cjs' } as const;

/** The bundles name one another, so they go together; the editor's own two stay where they are. */
const STAYING: ReadonlySet<string> = new Set(['extension.cjs', 'engine-host.cjs']);

/**
 * Copies the programs to where hooks and settings name them. The extension's own folder changes its name with every
 * version, and is removed some time after an update. Each file is replaced in one step: one may be running.
 */
export function installPrograms(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(import.meta.dirname).sort(partsFirst)) {
    if (!/\.(cjs|sh|wasm)$/.test(name) || STAYING.has(name)) continue;
    const content = readFileSync(join(import.meta.dirname, name));
    const target = join(folder, name);
    if (existsSync(target) && readFileSync(target).equals(content)) continue;
    const temporary = `${target}.${process.pid}.new`;
    writeFileSync(temporary, content);
    chmodSync(temporary, 0o755);
    renameSync(temporary, target);
  }
}

/** What the programs load is there before they are: a commit may run one while they are replaced. */
function partsFirst(one: string, other: string): number {
  const rank = (name: string): number => (name.startsWith('sql-') ? 0 : 1);
  return rank(one) - rank(other);
}

/** The shell part of the git hook, as this version of the extension has it. */
export function readHookScript(): Buffer {
  return readFileSync(join(import.meta.dirname, 'gitHook.sh'));
}
