/**
 * A message and hint of the engine as sentences, without those that name a command or option: VS Code offers buttons
 * instead.
 */
export function engineText(message: string, hint = ''): string {
  const parts = [withoutSentences(COMMAND, message) || message, withoutSentences(COMMAND_OR_OPTION, hint)];
  return parts
    .filter((part) => part !== '')
    .map(sentence)
    .join(' ');
}

const COMMAND = /\bfeature-backups [a-z]/;
const COMMAND_OR_OPTION = /\bfeature-backups [a-z]|(?:^|\s)`?--[a-z]/;

function withoutSentences(pattern: RegExp, text: string): string {
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
