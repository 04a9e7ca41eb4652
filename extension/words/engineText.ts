import { withoutCommands } from '../../core/system/index.js';

/** A message and hint of the engine as sentences, without commands: VS Code offers buttons instead. */
export function engineText(message: string, hint = ''): string {
  const parts = [withoutCommands(message) || message, withoutCommands(hint)];
  return parts
    .filter((part) => part !== '')
    .map(sentence)
    .join(' ');
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
