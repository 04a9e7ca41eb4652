import { isReadingCommand } from './readingPrograms.js';
import { simpleCommands } from './simpleCommands.js';

/** Whether a script for sh or bash is known to only read files. */
export function isReadOnlyScript(script: string): boolean {
  const commands = simpleCommands(script);
  return commands?.every(isReadingCommand) ?? false;
}

/** The same for PowerShell. Accepts only one command of plain words, because quoting differs. */
export function isReadOnlyPowerShell(script: string): boolean {
  if (!/^[\w\s.\\/:*?=-]+$/.test(script) || /[\r\n]/.test(script.trim())) return false;
  const words = script.trim().split(/\s+/);
  return POWERSHELL_READERS.has((words[0] ?? '').toLowerCase()) || isReadingCommand(words);
}

const POWERSHELL_READERS: ReadonlySet<string> = new Set([
  ...['get-childitem', 'get-content', 'get-item', 'get-location', 'get-command', 'get-date', 'get-process'],
  ...['test-path', 'resolve-path', 'select-string', 'set-location', 'measure-object', 'dir', 'gci', 'gc', 'sls'],
]);
