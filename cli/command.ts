import type { ExitCode } from '../core/system/index.js';
import type { Console } from './console.js';

/** One command of `feature-backups`: parsing and help follow from this description. */
export interface Command {
  readonly name: string;
  /** A fragment in lower case, for the list of commands. */
  readonly summary: string;
  /** The usage after the name: `[project] <backup>`. */
  readonly arguments: string;
  /** One sentence for the command's own help; the summary by default. */
  readonly description?: string;
  /** The format of the output without a terminal. */
  readonly output?: string;
  /** Exit codes with a special meaning for this command. */
  readonly exitCodes?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Set if the command prints no result of its own, so that `--json` does not apply. */
  readonly hasNoResult?: true;
  /** The only words allowed as selectors; a folder with such a name is not taken for the project. */
  readonly subjects?: readonly string[];
  /** False: a folder with the name of the first argument is not taken for the project. True by default. */
  readonly takesProject?: boolean;
  /** How many selectors may follow the optional project. */
  readonly selectors: { readonly minArguments: number; readonly maxArguments: number };
  /** At most three. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly run: (invocation: Invocation, console: Console) => Promise<ExitCode>;
  /** Replaces `run` for commands that parse their own arguments. */
  readonly runUnparsed?: (args: readonly string[]) => Promise<ExitCode>;
}

export interface Option {
  readonly type: 'boolean' | 'string';
  /** The placeholder of the value in the help: `N`. */
  readonly value?: string;
  /** A fragment in lower case. */
  readonly description: string;
}

/** A parsed command line. */
export interface Invocation {
  /** A project's folder or database file as given; undefined = find it. */
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
  project: { type: 'string', value: 'PATH', description: 'project folder or database file' },
  json: { type: 'boolean', description: 'print one JSON document to standard output' },
  help: { type: 'boolean', description: 'show this help; after a command, its options and examples' },
};

/** For commands that can run on every known project. */
export const ALL_OPTION: Readonly<Record<string, Option>> = {
  all: {
    type: 'boolean',
    description: 'every known project (AutoForge, your configuration, editors, backups)',
  },
};

/** For commands that ask before they act. */
export const CONSENT_OPTIONS: Readonly<Record<string, Option>> = {
  'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
  yes: { type: 'boolean', description: 'do not ask for confirmation' },
};
