import type { ExitCode } from '../core/system/index.js';
import type { Console } from './console.js';

/** One command of `feature-backups`, described well enough that parsing and help follow from it. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What stands after the name: `[project] <backup>`. */
  readonly arguments: string;
  /** A few lines more, for the command's own help. */
  readonly description?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Words that the selectors are chosen from; a folder of that name is not taken for the project. */
  readonly subjects?: readonly string[];
  /** How many selectors of backups follow the optional project. */
  readonly selectors: { readonly least: number; readonly most: number };
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly run: (invocation: Invocation, console: Console) => Promise<ExitCode>;
  /** Instead of `run`: takes what follows the name as it stands, for arguments that are another program's. */
  readonly runAsIs?: (args: readonly string[]) => Promise<ExitCode>;
}

export interface Option {
  readonly type: 'boolean' | 'string';
  /** What stands for the value in the help: `N`. */
  readonly value?: string;
  readonly description: string;
}

/** What was asked for, parsed. */
export interface Invocation {
  /** A project's folder or database file as it was named; undefined = find it. */
  readonly project: string | undefined;
  readonly selectors: readonly string[];
  readonly options: Options;
}

export interface Options {
  /** Whether a boolean option was given. */
  readonly has: (name: string) => boolean;
  /** The text of an option with a value. */
  readonly text: (name: string) => string | undefined;
}

export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  project: { type: 'string', value: 'PATH', description: 'the project’s folder or its database file' },
  json: { type: 'boolean', description: 'print one JSON document on standard output' },
  help: { type: 'boolean', description: 'show this help' },
};

/** For commands that can be run on every known project. */
export const ALL_OPTION: Readonly<Record<string, Option>> = {
  all: { type: 'boolean', description: 'every known project: AutoForge’s, the configured ones, the open workspaces' },
};

/** For commands that ask before they act. */
export const CONSENT_OPTIONS: Readonly<Record<string, Option>> = {
  'dry-run': { type: 'boolean', description: 'show what would be done, and do nothing' },
  yes: { type: 'boolean', description: 'do it without asking' },
};
