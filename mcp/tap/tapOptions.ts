/** The tap's parsed command line. */
export interface TapOptions {
  readonly project: string | undefined;
  /** Undefined: as configured in the project. */
  readonly onFailure: 'continue' | 'block' | undefined;
  readonly command: string;
  readonly args: readonly string[];
}

/** Returns an error message if the arguments are invalid. */
export function parseTapOptions(argv: readonly string[]): TapOptions | string {
  const end = argv.indexOf('--');
  if (end === -1) return 'missing -- before the server command';
  const [command, ...args] = argv.slice(end + 1);
  if (command === undefined || command === '') return 'missing server command after --';
  let project: string | undefined;
  let onFailure: TapOptions['onFailure'];
  const own = argv.slice(0, end).flatMap(splitAssignment);
  for (let at = 0; at < own.length; at += 2) {
    const [name, value] = [own[at], own[at + 1]];
    if (name !== '--project' && name !== '--on-failure') return `unknown option ${String(name)}`;
    if (value === undefined || value === '') return `${name} needs a value`;
    if (name === '--project') project = value;
    else if (value === 'continue' || value === 'block') onFailure = value;
    else return '--on-failure must be continue or block';
  }
  return { project, onFailure, command, args };
}

export const TAP_USAGE =
  'Usage: feature-backups tap [--project PATH] [--on-failure continue|block] -- <command> [args…]';

function splitAssignment(argument: string): readonly string[] {
  const match = /^(--[a-z-]+)=(.*)$/s.exec(argument);
  return match === null ? [argument] : [match[1] ?? '', match[2] ?? ''];
}
