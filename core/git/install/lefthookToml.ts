import { cannotEdit, LEFTHOOK_COMMAND, lefthookCommand } from './lefthookCommand.js';
import { BLOCK_END, BLOCK_START } from './shellBlock.js';
import type { Hook } from './hookPlan.js';

/** The text of a TOML configuration of lefthook with the command added to a hook, as a table at the end. */
export function addToToml(text: string, hook: Hook, path: string, file: string): string {
  if (isClosed(text, hook)) throw cannotEdit(path, hook);
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  const settings = Object.entries(lefthookCommand(hook, file)).map(
    ([key, value]) => `${key} = ${typeof value === 'string' ? `\'\'\'${value}\'\'\'` : String(value)}`,
  );
  const table = [`[${hook}.commands.${LEFTHOOK_COMMAND}]`, ...settings];
  return `${text}${separator}${[BLOCK_START, ...table, BLOCK_END, ''].join('\n')}`;
}

/** A table that is written inline, or with dotted keys, cannot be extended by another table. */
function isClosed(text: string, hook: Hook): boolean {
  const key = `(["']?)${hook}\\1[ \\t]*`;
  if (new RegExp(`^[ \\t]*${key}[.=]`, 'm').test(text)) return true;
  const section = new RegExp(`^[ \\t]*\\[[ \\t]*${key}\\][^\\n]*\\n((?:(?![ \\t]*\\[)[^\\n]*\\n?)*)`, 'm').exec(
    text,
  )?.[2];
  return /^[ \t]*(["']?)commands\1[ \t]*[.=]/m.test(section ?? '');
}
