import type { ExitCode } from '../core/system/index.js';
import { COMMON_OPTIONS, type Command, type Option } from './command.js';
import { COMMANDS, type CommandName } from './commands/index.js';
import type { Colours } from './printing/colours.js';

/** The commands in the order of the help; each is in exactly one group. */
export const COMMAND_GROUPS: readonly (readonly [title: string, names: readonly CommandName[]])[] = [
  ['Back up and restore', ['backup', 'replicate', 'restore', 'undo', 'salvage']],
  ['Inspect', ['status', 'list', 'projects', 'compare', 'verify', 'drill']],
  ['Manage', ['pin', 'unpin', 'cleanup', 'delete', 'acknowledge', 'start-over', 'vault', 'forget', 'unlock']],
  ['Connect', ['setup', 'doctor', 'remove', 'connect', 'disconnect', 'install', 'uninstall', 'tap', 'hook', 'mcp']],
  ['Automate', ['watch', 'service', 'notify', 'check', 'follow-up']],
];

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'success',
  1: 'failure',
  2: 'wrong usage or configuration',
  3: 'damaged database or backup',
  4: 'not found',
  5: 'not confirmed or refused',
  6: 'busy',
};

const COLUMNS = 100;
/** Keeps an exit code on one line with its meaning. */
const NO_BREAK = '\u00A0';

/** The help of the whole program, short enough for one screen. */
export async function mainHelp(colours: Colours): Promise<string> {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const groups = await Promise.all(
    COMMAND_GROUPS.map(async ([title, names]) => {
      const commands = await Promise.all(names.map((name) => COMMANDS[name]()));
      return section(
        title,
        commands.map(({ name, summary }) => [name, summary]),
        colours,
        width,
      );
    }),
  );
  return [
    `Feature Backups: verified backups of the feature database that AI coding agents write\n${usage('<command> [project] [options]', colours)}`,
    ...groups,
    section('Options', [...optionRows(COMMON_OPTIONS), ['--version', 'show the version']], colours),
    PROJECT_AND_BACKUP,
    [wrapped(`Exit codes: ${listOf(EXIT_MEANINGS)}`), wrapped(ENVIRONMENT)].join(''),
  ].join('\n');
}

const PROJECT_AND_BACKUP = [
  'Project: a folder or database file (default: PROJECT_DIR, or the nearest project at or above here)',
  'Backup: its name, an unambiguous prefix, latest (the newest) or last-good (the newest verified one)',
]
  .map((line) => wrapped(line))
  .join('');

const ENVIRONMENT = 'Environment: PROJECT_DIR, NO_COLOR, FEATURE_BACKUPS_DEBUG=1, FEATURE_BACKUPS_KEEP_LAST and others';

/** The help of one command: a sentence, the options, and examples. */
export function commandHelp(command: Command, colours: Colours): string {
  const { name, summary, description, output, exitCodes } = command;
  const common = optionRows(COMMON_OPTIONS).filter(([option]) => option !== '--json' || command.hasNoResult !== true);
  const examples = command.examples.flatMap(([line, meaning]) => [`  ${colours.dim(`# ${meaning}`)}`, `  ${line}`]);
  return [
    wrapped(description ?? `${summary[0]?.toUpperCase() ?? ''}${summary.slice(1)}.`),
    usage(`${name} ${command.arguments}`, colours),
    section('Options', [...optionRows(command.options), ...common], colours),
    ...(output === undefined ? [] : [paragraph('Output without a terminal', output, colours)]),
    ...(exitCodes === undefined ? [] : [paragraph('Exit codes', exitCodes, colours)]),
    `${colours.bold('Examples')}\n${examples.join('\n')}\n`,
  ].join('\n');
}

function usage(text: string, colours: Colours): string {
  return `${colours.bold('Usage:')} feature-backups ${text}\n`;
}

function optionRows(options: Readonly<Record<string, Option>>): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, description }]) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    description,
  ]);
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  colours: Colours,
  width = Math.max(...rows.map(([name]) => name.length)),
): string {
  const lines = rows.map(([name, meaning]) => `  ${colours.cyan(name.padEnd(width))}  ${meaning}`);
  return `${colours.bold(title)}\n${lines.join('\n')}\n`;
}

function paragraph(title: string, text: string, colours: Colours): string {
  return `${colours.bold(title)}\n${wrapped(text, '  ')}`;
}

function listOf(meanings: Readonly<Record<number, string>>): string {
  return Object.entries(meanings)
    .map(([code, meaning]) => `${code} ${meaning}`.replaceAll(' ', NO_BREAK))
    .join(', ');
}

function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > COLUMNS) lines.push(indent + word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return `${lines.join('\n').replaceAll(NO_BREAK, ' ')}\n`;
}
