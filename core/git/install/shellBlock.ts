import type { Hook } from './hookPlan.js';

/** Marks our lines in files that belong to others: shell, YAML and git's configuration all take `#` for a comment. */
export const BLOCK_START = '# >>> feature-backups >>> (`feature-backups uninstall git` takes these lines out again)';
export const BLOCK_END = '# <<< feature-backups <<<';

/**
 * The lines of a shell hook. They name no path of this machine, for the file may be shared; where Feature Backups is not
 * installed they do nothing.
 */
export function shellBlock(hook: Hook): string {
  return [BLOCK_START, ...shellLines(hook), BLOCK_END, ''].join('\n');
}

/** One command that does the same where git or a hook manager adds the arguments, and needs no lines after it. */
export function shellCommand(hook: Hook): string {
  return `${FIND_SCRIPT.join('; ')}; [ ! -f "$feature_backups" ] || sh "$feature_backups" ${hook}`;
}

// In the main work tree this starts no other program; a linked one shares the folder of the main one.
const FIND_SCRIPT = [
  'feature_backups=${GIT_DIR:-.git}/feature-backups/gitHook.sh',
  '[ -f "$feature_backups" ] || feature_backups=$(git rev-parse --git-common-dir)/feature-backups/gitHook.sh || :',
];

function shellLines(hook: Hook): readonly string[] {
  if (hook !== 'post-rewrite') {
    return [...FIND_SCRIPT, `[ ! -f "$feature_backups" ] || sh "$feature_backups" ${hook} "$@" || exit $?`];
  }
  // What git hands over on standard input is handed on to whatever follows.
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

/** True for what a POSIX shell reads: by its first line, or for want of one, as git itself starts it. */
export function isShellScript(content: Buffer): boolean {
  const text = content.toString('latin1');
  if (text.includes('\0')) return false;
  const shebang = /^#!.*/.exec(text)?.[0];
  return shebang === undefined || /[/\s](?:ba|da|z|k|a|mk)?sh(?:\s|$)/.test(shebang);
}

/** Puts a block after a script's first line if that names its interpreter, else at the very top. */
export function insertIntoScript(content: Buffer, block: string): Buffer {
  const text = content.toString('latin1');
  const shebang = /^#![^\n]*(?:\n|$)/.exec(text)?.[0] ?? '';
  const separator = shebang === '' || shebang.endsWith('\n') ? '' : '\n';
  return Buffer.from(shebang + separator + toLatin1(block) + text.slice(shebang.length), 'latin1');
}

/** Takes all our blocks out; the same buffer where there is none. */
export function withoutBlocks(content: Buffer): Buffer {
  const text = content.toString('latin1');
  const without = text.replace(BLOCK, '');
  return without === text ? content : Buffer.from(without, 'latin1');
}

/** Bytes stay what they are, whatever their encoding: one character a byte. */
function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

const BLOCK = /[ \t]*# >>> feature-backups >>>[^\n]*\n(?:[^\n]*\n)*?[ \t]*# <<< feature-backups <<<[^\n]*(?:\n|$)/g;
