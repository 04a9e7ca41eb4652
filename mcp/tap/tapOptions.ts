/** What stands on the tap's command line. */
export interface TapOptions {
  readonly project: string | undefined;
  /** Undefined = as the project's configuration says. */
  readonly onFailure: 'continue' | 'block' | undefined;
  readonly command: string;
  readonly args: readonly string[];
}

/** A sentence where the arguments are wrong. */
export function parseTapOptions(argv: readonly string[]): TapOptions | string {
  const end = argv.indexOf('--');
  if (end === -1) return 'put -- between the options and the server’s command';
  const [command, ...args] = argv.slice(end + 1);
  if (command === undefined || command === '') return 'the server’s command is missing after --';
  let project: string | undefined;
  let onFailure: TapOptions['onFailure'];
  const own = argv.slice(0, end).flatMap(splitAssignment);
  for (let at = 0; at < own.length; at += 2) {
    const [name, value] = [own[at], own[at + 1]];
    if (name !== '--project' && name !== '--on-failure') return `there is no option ${String(name)}`;
    if (value === undefined || value === '') return `${name} needs a value`;
    if (name === '--project') project = value;
    else if (value === 'continue' || value === 'block') onFailure = value;
    else return '--on-failure is continue or block';
  }
  return { project, onFailure, command, args };
}

export const TAP_USAGE =
  'Usage: feature-backups tap [--project PATH] [--on-failure continue|block] -- <command> [args…]';

function splitAssignment(argument: string): readonly string[] {
  const match = /^(--[a-z-]+)=(.*)$/s.exec(argument);
  return match === null ? [argument] : [match[1] ?? '', match[2] ?? ''];
}
