import {
  backUp,
  doctor,
  installPart,
  openProject,
  planSetup,
  type DoctorReport,
  type Project,
  type SetupPlan,
} from '../../core/engine.js';
import { featuresInWords } from '../../core/database/index.js';
import { BackupError, EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { afterBackup } from '../afterBackup.js';
import { CONSENT_OPTIONS, type Command, type Invocation } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { printReport, reportView } from '../printing/doctor.js';
import { PART_NAMES, partView, printParts, printUnplanned, unplannedView } from '../printing/setupParts.js';
import { setupPrograms } from '../programs.js';

export const setupCommand: Command = {
  name: 'setup',
  summary: 'set up a project: agents, MCP servers, git hooks, a first backup',
  arguments: '[project]',
  description:
    'Install what a project needs: the Claude Code hook, the tap, the git hooks, and a first backup; then run doctor.',
  exitCodes: '1 if doctor finds a problem',
  options: CONSENT_OPTIONS,
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups setup --dry-run', 'preview only'],
    ['feature-backups setup', 'install after confirmation'],
  ],
  async run(invocation, console) {
    const engine = engineOf(console);
    const plan = await planSetup(invocation.project, engine);
    printPlan(plan, console);
    if (invocation.options.has('dry-run')) {
      console.printJson({ status: 'planned', ...planView(plan), backup: null, doctor: null });
      return EXIT.done;
    }
    if ((await consent(plan, invocation, console)) === 'declined') return EXIT.refused;
    for (const part of plan.parts) installPart(part, engine);
    if (plan.parts.some(({ files }) => files.length > 0)) console.print('Installed. Restart running agents.\n');
    return await finish(plan, await openIfPresent(plan, console), console);
  },
};

function engineOf({ ports, cwd }: Console) {
  return { ports, cwd, programs: setupPrograms(ports) };
}

function printPlan({ project, parts, installed, unplanned }: SetupPlan, console: Console): void {
  printParts(parts, 'install', console);
  printUnplanned(unplanned, console);
  if (parts.length > 0) return;
  const names = installed.map((kind) => PART_NAMES[kind]);
  console.print(
    names.length > 0
      ? `${visible(project.root)} is already set up: ${names.join(', ')}.\n`
      : `${visible(project.root)} uses neither Claude Code nor a known MCP server, and is not in a git repository. ` +
          'To back up every change, run feature-backups service install.\n',
  );
}

async function consent({ parts }: SetupPlan, invocation: Invocation, console: Console) {
  const changed = parts.flatMap(({ files }) => files);
  // Changes that only the user can make are shown as notes.
  if (changed.length === 0) return 'given';
  const wouldDo = `change ${changed.join(', ')}`;
  return await confirm({ question: 'Install as shown?', wouldDo }, invocation, console);
}

/** Undefined until an agent has created the database. */
async function openIfPresent({ project }: SetupPlan, console: Console): Promise<Project | undefined> {
  try {
    return await openProject(project.root, engineOf(console));
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found') throw error;
    console.print('No feature database exists yet. It is backed up for the first time after an agent creates it.\n');
    return undefined;
  }
}

async function finish(plan: SetupPlan, project: Project | undefined, console: Console): Promise<ExitCode> {
  const backup = project === undefined ? undefined : await firstBackup(project, console);
  const report = project === undefined ? undefined : await doctor(project, engineOf(console));
  const status = plan.parts.length > 0 ? 'installed' : 'unchanged';
  console.printJson({
    status,
    ...planView(plan),
    backup: backup ?? null,
    doctor: report === undefined ? null : reportView(report),
  });
  if (report !== undefined) printReport(report, console);
  return exitOf(report);
}

function exitOf(report: DoctorReport | undefined): ExitCode {
  return report?.isOk === false ? EXIT.failed : EXIT.done;
}

/** Returns the id of the backup. A failure does not stop the setup; doctor reports it, too. */
async function firstBackup(project: Project, console: Console): Promise<string | undefined> {
  try {
    const outcome = await backUp(project, { source: 'cli', reason: 'setup' }, { ports: console.ports, afterBackup });
    if (outcome.status === 'damaged') return undefined;
    const { id, counts } = outcome.backup;
    if (outcome.status === 'created') console.print(`Backed up ${featuresInWords(counts)} as ${visible(id)}.\n`);
    return id;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    console.note(`feature-backups: no backup was made: ${visible(error.message)}\n`);
    return undefined;
  }
}

function planView({ project, parts, installed, unplanned }: SetupPlan) {
  return { project: project.root, parts: parts.map(partView), installed, unplanned: unplanned.map(unplannedView) };
}
