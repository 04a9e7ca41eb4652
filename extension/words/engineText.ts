/**
 * An error or problem of the engine in sentences. The engine words them for the command line too: whatever names a
 * command or an option is left out, because the editor offers buttons instead.
 */
export function engineText(message: string, hint = ''): string {
  const parts = [without(COMMAND, message) || message, without(COMMAND_OR_OPTION, hint)];
  return parts
    .filter((part) => part !== '')
    .map(sentence)
    .join(' ');
}

const COMMAND = /\bfeature-backups [a-z]/;
const COMMAND_OR_OPTION = /\bfeature-backups [a-z]|(?:^|\s)`?--[a-z]/;

function without(pattern: RegExp, text: string): string {
  if (!pattern.test(text)) return text;
  return text
    .split(/(?<=[.!?;])\s+/)
    .filter((part) => !pattern.test(part))
    .join(' ')
    .replace(/;$/, '.');
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
