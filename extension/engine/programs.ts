import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The program that the git hook starts outside VS Code. */
export const GIT_HOOK_PROGRAM = 'git-hook.cjs';

/** Bundles that only VS Code loads. The others refer to each other, so they are copied together. */
const NOT_COPIED: ReadonlySet<string> = new Set(['extension.cjs', 'engine-host.cjs']);

/**
 * Copies the programs that hooks and settings start to a stable folder, because the folder of the extension changes with
 * every version. Each file is replaced atomically, because it may be in use.
 */
export function installPrograms(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(import.meta.dirname).sort(dependenciesFirst)) {
    if (!/\.(cjs|sh|wasm)$/.test(name) || NOT_COPIED.has(name)) continue;
    const content = readFileSync(join(import.meta.dirname, name));
    const target = join(folder, name);
    if (existsSync(target) && readFileSync(target).equals(content)) continue;
    const temporary = `${target}.${process.pid}.new`;
    writeFileSync(temporary, content);
    chmodSync(temporary, 0o755);
    renameSync(temporary, target);
  }
}

/** Dependencies first, because a commit may start a program during the update. */
function dependenciesFirst(a: string, b: string): number {
  const rank = (name: string): number => (name.startsWith('sql-') ? 0 : 1);
  return rank(a) - rank(b);
}

/** The shell part of the git hook in this version. */
export function readHookScript(): Buffer {
  return readFileSync(join(import.meta.dirname, 'gitHook.sh'));
}
