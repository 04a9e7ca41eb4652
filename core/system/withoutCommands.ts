/**
 * A text without the sentences that name a command or an option of the command line, for readers that cannot run it:
 * users of an editor, and models. Empty if nothing is left.
 */
export function withoutCommands(text: string): string {
  if (!COMMAND_OR_OPTION.test(text)) return text;
  return text
    .split(/(?<=[.!?;])\s+/)
    .filter((part) => !COMMAND_OR_OPTION.test(part))
    .join(' ')
    .replace(/;$/, '.');
}

const COMMAND_OR_OPTION = /\bfeature-backups [a-z]|(?:^|\s)`?--[a-z]/;
