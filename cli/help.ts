import type { ExitCode } from '../core/system/index.js';
import { COMMON_OPTIONS, type Command, type Option } from './command.js';
import { COMMANDS } from './commands/index.js';
import type { Colours } from './printing/colours.js';

/** The help of the whole program: its commands and its exit codes. */
export async function mainHelp(colours: Colours): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [
    'Feature Backups: verified copies of the feature database that AI coding agents work on.\n',
    `${colours.bold('Usage')}\n  feature-backups <command> [project] …\n`,
    section(
      'Commands',
      commands.map(({ name, summary }) => [name, summary]),
      colours,
    ),
    `${colours.bold('The project')} is the argument or --project, else PROJECT_DIR, else the nearest folder at or above the\n` +
      'working directory that has a feature database. A backup is named by its name, an unambiguous\n' +
      'beginning of it, latest (the newest), or last-good (the newest that verified).\n',
    section('Options', [...optionRows(COMMON_OPTIONS), ['--version', 'show the version']], colours),
    section('Exit codes', [...Object.entries(EXIT_MEANINGS), ['', CHECK_CODES]], colours),
    section('Environment', ENVIRONMENT, colours),
    'feature-backups <command> --help says more about a command, with examples.\n',
  ].join('\n');
}

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'it failed: an I/O error, or a bug',
  2: 'wrong usage or configuration',
  3: 'damaged: the live database or a backup does not verify',
  4: 'not found: project, database or backup',
  5: 'refused: it needs a confirmation or a flag',
  6: 'busy: a lock, or writers that never paused',
};

const CHECK_CODES = 'check has those of monitoring plugins: 0 ok, 1 warning, 2 critical, 3 unknown';

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['PROJECT_DIR', 'the project, where none is named'],
  ['FEATURE_BACKUPS_…', 'DATABASE, STORE, KEEP_LAST, KEEP_HOURLY, KEEP_DAILY, KEEP_WEEKLY,'],
  ['', 'KEEP_EMERGENCY, STRICT, COMPRESS_AFTER_DAYS, HISTORY_MAX_BYTES: over the configuration files'],
  ['FEATURE_BACKUPS_DEBUG', '1: show the stack of an unexpected error'],
  ['NO_COLOR', 'no colours'],
];

export function commandHelp(command: Command, colours: Colours): string {
  const examples = command.examples.flatMap(([line, meaning]) => [`  ${colours.dim(`# ${meaning}`)}`, `  ${line}`]);
  return [
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.\n`,
    `${colours.bold('Usage')}\n  feature-backups ${command.name} ${command.arguments}\n`,
    ...(command.description === undefined ? [] : [`${command.description}\n`]),
    section('Options', [...optionRows(command.options), ...optionRows(COMMON_OPTIONS)], colours),
    `${colours.bold('Examples')}\n${examples.join('\n')}\n`,
  ].join('\n');
}

function optionRows(options: Readonly<Record<string, Option>>): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, description }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    description,
  ]);
}

function section(title: string, rows: readonly (readonly [string, string])[], colours: Colours): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, meaning]) => `  ${colours.cyan(name.padEnd(width))}  ${meaning}`.trimEnd());
  return `${colours.bold(title)}\n${lines.join('\n')}\n`;
}
