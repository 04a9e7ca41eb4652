import { basename } from 'node:path';
import { assessKnown, openProject } from '../../core/engine.js';
import type { EngineOptions, KnownHealth } from '../../core/engine.js';
import { EXIT, type ExitCode } from '../../core/system/index.js';
import { knownProjects } from '../allProjects.js';
import { checkLine, CHECK_EXIT, checkView, judge, unknownLine, type Thresholds } from '../checkResult.js';
import { ALL_OPTION, type Command, type Invocation } from '../command.js';
import { openConsole, type Console } from '../console.js';
import { parseInvocation, wrongUsage } from '../parseInvocation.js';
import { errorDocument } from '../printing/errors.js';

export const checkCommand: Command = {
  name: 'check',
  summary: 'answer as a monitoring plugin does: one line, performance data, an exit code',
  arguments: '[project | --all] [--warning-age HOURS] [--critical-age HOURS]',
  description:
    'For Nagios, Icinga, Zabbix, Checkmk and whatever else runs monitoring plugins. The exit codes are theirs: 0 ok,\n' +
    '1 warning, 2 critical, 3 unknown (also for a wrong command line or configuration). The age is how far the newest\n' +
    'backup lags behind the live database; one that has not changed since is never too old.',
  options: {
    ...ALL_OPTION,
    'warning-age': { type: 'string', value: 'HOURS', description: 'warn beyond this age (24, or what is configured)' },
    'critical-age': { type: 'string', value: 'HOURS', description: 'critical beyond this age (never by default)' },
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups check ~/shop-front', 'one project'],
    ['feature-backups check --all --critical-age 72', 'all known projects in one line'],
  ],
  async run(invocation, console) {
    const thresholds = thresholdsOf(invocation);
    const all = await assessAll(invocation, thresholds, console);
    const verdict = judge(all, thresholds, console.ports.now());
    console.printJson(checkView(verdict));
    console.print(checkLine(verdict));
    return CHECK_EXIT[verdict.state];
  },
  // What keeps it from answering is an answer too, and says so on standard output.
  async runAsIs(args) {
    const console = await openConsole(args.includes('--json'));
    try {
      return await checkCommand.run(parseInvocation(checkCommand, args, console.cwd), console);
    } catch (error) {
      console.print(unknownLine(error));
      console.printJson({ state: 'unknown', ...errorDocument(error) });
      return CHECK_UNKNOWN;
    }
  },
};

/** 3, which means something else elsewhere. */
const CHECK_UNKNOWN: ExitCode = EXIT.damaged;

function thresholdsOf({ options }: Invocation): Thresholds {
  const [warning, critical] = ['warning-age', 'critical-age'].map((name) => hours(name, options.text(name)));
  if (warning !== undefined && critical !== undefined && warning > critical)
    throw wrongUsage(checkCommand, '--warning-age is above --critical-age');
  return { warningHours: warning, criticalHours: critical };
}

function hours(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}(\.\d{1,4})?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongUsage(checkCommand, `--${name} takes a number of hours, not ${text}`);
}

async function assessAll(
  invocation: Invocation,
  { warningHours }: Thresholds,
  console: Console,
): Promise<readonly KnownHealth[]> {
  const { ports, cwd } = console;
  const overrides: EngineOptions['overrides'] =
    warningHours === undefined ? undefined : { notifications: { overdueAfterHours: warningHours } };
  if (!invocation.options.has('all')) {
    const { root } = await openProject(invocation.project, { ports, cwd, overrides });
    const known = { root, name: basename(root), origins: [], status: 'present' } as const;
    return [await assessKnown(known, { ports, overrides })];
  }
  const all: KnownHealth[] = [];
  for (const known of await knownProjects({ command: checkCommand, invocation, console })) {
    all.push(await assessKnown(known, { ports, overrides }));
  }
  return all;
}
