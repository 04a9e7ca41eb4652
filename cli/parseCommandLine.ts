import { BackupError } from '../core/system/index.js';
import type { Command } from './command.js';
import { COMMANDS, isCommandName } from './commands/index.js';

export type CommandLine =
  | { readonly kind: 'run'; readonly command: Command; readonly args: readonly string[] }
  | { readonly kind: 'help'; readonly command: Command | undefined; readonly isRequested: boolean }
  | { readonly kind: 'version' };

/** Finds the command, or the help that was asked for. Common options may also come before the command. */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  const commandIndex = indexOfCommand(args);
  const name = args[commandIndex];
  const before = args.slice(0, commandIndex);
  if (before.includes('--version')) return { kind: 'version' };
  if (name === undefined) return { kind: 'help', command: undefined, isRequested: isHelpRequested(before) };
  const rest = [...before, ...args.slice(commandIndex + 1)];
  if (name === 'help') return { kind: 'help', command: await findCommand(rest.find(isWord)), isRequested: true };
  const command = await findCommand(name);
  const ownArgs = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (isHelpRequested(ownArgs)) return { kind: 'help', command, isRequested: true };
  return command === undefined ? { kind: 'help', command, isRequested: false } : { kind: 'run', command, args: rest };
}

function isHelpRequested(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

function indexOfCommand(args: readonly string[]): number {
  const index = args.findIndex((arg, position) => isWord(arg) && args[position - 1] !== '--project');
  return index === -1 ? args.length : index;
}

function isWord(arg: string): boolean {
  return !arg.startsWith('-');
}

async function findCommand(name: string | undefined): Promise<Command | undefined> {
  if (name === undefined) return undefined;
  if (isCommandName(name)) return await COMMANDS[name]();
  const near = Object.keys(COMMANDS).find((known) => isNear(known, name));
  throw new BackupError(`Unknown command: ${name}`, {
    code: 'usage',
    operation: 'read the command line',
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}Run feature-backups --help to list all commands.`,
  });
}

/** A common prefix, or one letter inserted, deleted, replaced or swapped. */
function isNear(known: string, name: string): boolean {
  if (name.length >= 3 && (known.startsWith(name) || name.startsWith(known))) return true;
  let start = 0;
  while (start < known.length && known[start] === name[start]) start += 1;
  const [a, b] = [known.slice(start), name.slice(start)];
  return name.length > 2 && (a.slice(1) === b.slice(1) || a === b.slice(1) || a.slice(1) === b || isSwapped(a, b));
}

function isSwapped(a: string, b: string): boolean {
  return a.length > 1 && b === `${a[1] ?? ''}${a[0] ?? ''}${a.slice(2)}`;
}
