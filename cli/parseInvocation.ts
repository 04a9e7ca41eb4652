import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BackupError } from '../core/system/index.js';
import { COMMON_OPTIONS, type Command, type Invocation, type Options } from './command.js';

/** Parses the arguments after the command's name. Throws `usage`. */
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
    // The first sentence of Node's message; the rest explains parseArgs.
    throw wrongUsage(command, error.message.split(/\. |\n/)[0] ?? error.message);
  }
}

/**
 * The project is optional: it is the first argument if that is a folder, or if there are more arguments than selectors.
 * An absolute path to nothing also counts, because the project's folder may have been deleted.
 */
function splitPositionals(
  command: Command,
  positionals: readonly string[],
  option: string | undefined,
  cwd: string,
): { project: string | undefined; selectors: readonly string[] } {
  const { minArguments, maxArguments } = command.selectors;
  const [first, ...others] = positionals;
  const isProject =
    command.takesProject !== false &&
    !isSubject(command, first) &&
    option === undefined &&
    first !== undefined &&
    (positionals.length > maxArguments || isFolder(resolve(cwd, first)) || (isAbsolute(first) && isMissing(first)));
  const project = isProject ? first : option;
  const selectors = isProject ? others : positionals;
  if (selectors.length > maxArguments)
    throw wrongUsage(command, `Too many arguments: ${selectors.slice(maxArguments).join(' ')}`);
  const { subjects } = command;
  if (subjects !== undefined && !selectors.every((word) => subjects.includes(word)))
    throw wrongUsage(command, `Expected one of: ${subjects.join(', ')}`);
  if (selectors.length < minArguments && subjects !== undefined)
    throw wrongUsage(command, `Expected one of: ${subjects.join(', ')}`);
  if (selectors.length < minArguments)
    throw wrongUsage(command, 'No backup given: use its name or a prefix of it, latest, or last-good');
  return { project, selectors };
}

function isSubject({ subjects }: Command, word: string | undefined): boolean {
  return word !== undefined && (subjects?.includes(word) ?? false);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // A name that is too long, or a folder that may not be read.
    return false;
  }
}

function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

export function wrongUsage(command: Command, problem: string): BackupError {
  return new BackupError(problem, {
    code: 'usage',
    operation: 'read the command line',
    hint: `Usage: feature-backups ${command.name} ${command.arguments}\nHelp: feature-backups ${command.name} --help`,
  });
}
