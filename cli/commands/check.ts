import { basename } from 'node:path';
import { assessKnown, findLostProject, openProject } from '../../core/engine.js';
import type { EngineOptions, KnownHealth } from '../../core/engine.js';
import { BackupError, EXIT, type ExitCode } from '../../core/system/index.js';
import { listKnownProjects } from '../allProjects.js';
import {
  checkLine,
  CHECK_EXIT,
  checkView,
  classify,
  unknownLine,
  type CheckInput,
  type Thresholds,
} from '../checkResult.js';
import { ALL_OPTION, type Command, type Invocation } from '../command.js';
import { openConsole, type Console } from '../console.js';
import { parseInvocation, wrongUsage } from '../parseInvocation.js';
import { errorDocument } from '../printing/errors.js';

export const checkCommand: Command = {
  name: 'check',
  summary: 'check for problems as a monitoring plugin (Nagios, Icinga, Zabbix)',
  arguments: '[project | --all] [--warning-age HOURS] [--critical-age HOURS]',
  description: 'Check for problems as a monitoring plugin: one line with performance data, and its exit code.',
  exitCodes: '0 ok, 1 warning, 2 critical, 3 unknown (also for wrong usage or configuration)',
  options: {
    ...ALL_OPTION,
    'warning-age': {
      type: 'string',
      value: 'HOURS',
      description: 'warning if changes are not backed up for this long (default: 24)',
    },
    'critical-age': {
      type: 'string',
      value: 'HOURS',
      description: 'critical if changes are not backed up for this long (default: never)',
    },
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups check ~/shop-front', 'one project'],
    ['feature-backups check --all --critical-age 72', 'every known project'],
  ],
  async run(invocation, console) {
    const thresholds = thresholdsOf(invocation);
    const all = await assessAll(invocation, console);
    const outcome = classify(all, thresholds, console.ports.now());
    console.printJson(checkView(outcome));
    console.print(checkLine(outcome));
    return CHECK_EXIT[outcome.state];
  },
  // Monitoring reads standard output, so a failure is printed there too.
  async runUnparsed(args) {
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

/** In this command, 3 means unknown instead of damaged. */
const CHECK_UNKNOWN: ExitCode = EXIT.damaged;

function thresholdsOf({ options }: Invocation): Thresholds {
  const [warning, critical] = ['warning-age', 'critical-age'].map((name) => hours(name, options.text(name)));
  if (warning !== undefined && critical !== undefined && warning > critical)
    throw wrongUsage(checkCommand, '--warning-age must not be greater than --critical-age');
  return { warningHours: warning, criticalHours: critical };
}

function hours(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}(\.\d{1,4})?$/.test(text) && Number(text) > 0) return Number(text);
  throw wrongUsage(checkCommand, `--${name} takes a number of hours, not ${text}`);
}

/** A project that was lost together with its backups is critical. A project without any record is unknown. */
async function assessOne({ project: named }: Invocation, engine: EngineOptions): Promise<KnownHealth> {
  try {
    const { root } = await openProject(named, engine);
    return await assessKnown({ root, name: basename(root), origins: [], status: 'present' }, engine);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found' || error.path === undefined) throw error;
    const lost = await findLostProject(error.path, engine);
    const { path: root } = error;
    const health = await assessKnown(
      lost ?? { root, name: basename(root), origins: ['recorded'], status: 'no-database' },
      engine,
    );
    if (health.problems.length === 0) throw error;
    return health;
  }
}

async function assessAll(invocation: Invocation, console: Console): Promise<CheckInput> {
  const { ports, cwd } = console;
  if (!invocation.options.has('all')) {
    return { projects: [await assessOne(invocation, { ports, cwd })], isComplete: true };
  }
  const listed = await listKnownProjects({ command: checkCommand, invocation, console });
  const projects: KnownHealth[] = [];
  for (const known of listed.projects) projects.push(await assessKnown(known, { ports }));
  return { projects, isComplete: listed.isComplete };
}
