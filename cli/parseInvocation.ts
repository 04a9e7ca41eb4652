import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BackupError } from '../core/system/index.js';
import { COMMON_OPTIONS, type Command, type Invocation, type Options } from './command.js';

/** Parses what follows the command's name. Throws `usage`. */
export function parseInvocation(command: Command, args: readonly string[], cwd: string): Invocation {
  const { values, positionals } = parseArguments(command, args);
  const options: Options = {
    has: (name) => values[name] === true,
    text: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
  return { ...splitPositionals(command, positionals, options.text('project'), cwd), options };
}

function parseArguments(
  command: Command,
  args: readonly string[],
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  const known = { ...command.options, ...COMMON_OPTIONS };
  const options = Object.fromEntries(Object.entries(known).map(([name, { type }]) => [name, { type }]));
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node's sentence first; what it says after that explains its own function.
    throw wrongUsage(command, error.message.split(/\. |\n/)[0] ?? error.message);
  }
}

/**
 * The project may be left out anywhere, so the first argument is the project when there is one more than the selectors
 * need, or when it is a folder that exists.
 */
function splitPositionals(
  command: Command,
  positionals: readonly string[],
  option: string | undefined,
  cwd: string,
): { project: string | undefined; selectors: readonly string[] } {
  const { least, most } = command.selectors;
  const [first, ...others] = positionals;
  const isProject =
    !isSubject(command, first) &&
    option === undefined &&
    first !== undefined &&
    (positionals.length > most || isFolder(resolve(cwd, first)));
  const project = isProject ? first : option;
  const selectors = isProject ? others : positionals;
  if (selectors.length > most) throw wrongUsage(command, `Too many arguments: ${selectors.slice(most).join(' ')}`);
  const { subjects } = command;
  if (subjects !== undefined && !selectors.every((word) => subjects.includes(word)))
    throw wrongUsage(command, `${command.name} takes one of: ${subjects.join(', ')}`);
  if (selectors.length < least && subjects !== undefined)
    throw wrongUsage(command, `${command.name} takes one of: ${subjects.join(', ')}`);
  if (selectors.length < least)
    throw wrongUsage(command, 'Name the backup: its name or the beginning of it, latest, or last-good');
  return { project, selectors };
}

function isSubject({ subjects }: Command, word: string | undefined): boolean {
  return word !== undefined && (subjects?.includes(word) ?? false);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // Too long a name, no right to look: then it is not a folder that could be meant.
    return false;
  }
}

export function wrongUsage(command: Command, problem: string): BackupError {
  return new BackupError(problem, {
    code: 'usage',
    operation: 'read the command line',
    hint: `Usage: feature-backups ${command.name} ${command.arguments}\nMore: feature-backups ${command.name} --help`,
  });
}
