import type { Hook } from './hookPlan.js';

/** Marks the installed lines. Shell, YAML and git's configuration all use `#` for comments. */
export const BLOCK_START = '# >>> feature-backups >>> (`feature-backups uninstall git` takes these lines out again)';
export const BLOCK_END = '# <<< feature-backups <<<';

/**
 * The lines of a shell hook. The file may be shared, so they contain no path of this machine, and do nothing where Feature
 * Backups is not installed.
 */
export function shellBlock(hook: Hook): string {
  return [BLOCK_START, ...shellLines(hook), BLOCK_END, ''].join('\n');
}

/** The same lines as one command, to which git or a hook manager adds the arguments. */
export function shellCommand(hook: Hook): string {
  return `${FIND_SCRIPT.join('; ')}; [ ! -f "$feature_backups" ] || sh "$feature_backups" ${hook}`;
}

/** Part of the installed lines of every hook manager. */
export const SCRIPT_NAME = 'feature-backups/gitHook.sh';

// In the main work tree, this starts no program. A linked work tree shares the folder of the main one.
const FIND_SCRIPT = [
  `feature_backups=\${GIT_DIR:-.git}/${SCRIPT_NAME}`,
  `[ -f "$feature_backups" ] || feature_backups=$(git rev-parse --git-common-dir)/${SCRIPT_NAME} || :`,
];

function shellLines(hook: Hook): readonly string[] {
  if (hook !== 'post-rewrite') {
    return [...FIND_SCRIPT, `[ ! -f "$feature_backups" ] || sh "$feature_backups" ${hook} "$@" || exit $?`];
  }
  // Standard input is passed on to the rest of the hook.
  return [
    ...FIND_SCRIPT,
    'if [ -f "$feature_backups" ]; then',
    '  feature_backups_input=$(cat)',
    '  printf \'%s\\n\' "$feature_backups_input" | sh "$feature_backups" post-rewrite "$@" || :',
    '  exec << FEATURE_BACKUPS_INPUT',
    '$feature_backups_input',
    'FEATURE_BACKUPS_INPUT',
    'fi',
  ];
}

/** Decides by the shebang. git runs a hook without one in a shell. */
export function isShellScript(content: Buffer): boolean {
  const text = content.toString('latin1');
  if (text.includes('\0')) return false;
  const shebang = /^#!.*/.exec(text)?.[0];
  return shebang === undefined || /[/\s](?:ba|da|z|k|a|mk)?sh(?:\s|$)/.test(shebang);
}

/** Inserts a block after the shebang, or at the top. */
export function insertIntoScript(content: Buffer, block: string): Buffer {
  const text = content.toString('latin1');
  const shebang = /^#![^\n]*(?:\n|$)/.exec(text)?.[0] ?? '';
  const separator = shebang === '' || shebang.endsWith('\n') ? '' : '\n';
  return Buffer.from(shebang + separator + toLatin1(block) + text.slice(shebang.length), 'latin1');
}

/** Removes all blocks; returns the same buffer if it contains none. */
export function withoutBlocks(content: Buffer): Buffer {
  const text = content.toString('latin1');
  const without = text.replace(BLOCK, '');
  return without === text ? content : Buffer.from(without, 'latin1');
}

/** The installed lines of a shell script; undefined if it contains none. */
export function blockIn(content: Buffer): string | undefined {
  return blocksIn(content)[0];
}

/** The installed lines, once for each hook in the file. */
export function blocksIn(content: Buffer): readonly string[] {
  return content.toString('latin1').match(BLOCK) ?? [];
}

/** One character per byte preserves files in any encoding. */
function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

const BLOCK = /[ \t]*# >>> feature-backups >>>[^\n]*\n(?:[^\n]*\n)*?[ \t]*# <<< feature-backups <<<[^\n]*(?:\n|$)/g;
