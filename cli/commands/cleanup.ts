import { cleanUp, openProject, planCleanUp } from '../../core/engine.js';
import type { CleanUpOutcome, CleanUpPlan, KeepReason } from '../../core/engine.js';
import { countInWords, EXIT, sizeInWords, visible, type ExitCode } from '../../core/system/index.js';
import { reportRuns, runOnEachProject } from '../allProjects.js';
import { ALL_OPTION, CONSENT_OPTIONS, type Command, type Invocation, type Options } from '../command.js';
import { confirm } from '../confirm.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { printBackups } from '../printing/backups.js';
import { errorDocument } from '../printing/errors.js';
import { printTable } from '../printing/table.js';
import { backupView } from '../views.js';

export const cleanupCommand: Command = {
  name: 'cleanup',
  summary: 'prune backups by policy, and compress old ones',
  arguments: '[project | --all] [--keep N]',
  description: 'Prune backups by the retention policy and compress old ones now, as happens after every backup.',
  options: {
    keep: {
      type: 'string',
      value: 'N',
      description: 'keep only the newest N states, instead of the configured policy',
    },
    ...ALL_OPTION,
    ...CONSENT_OPTIONS,
  },
  selectors: { minArguments: 0, maxArguments: 0 },
  examples: [
    ['feature-backups cleanup --dry-run', 'what would be pruned, and why the others are kept'],
    ['feature-backups cleanup --keep 50 --dry-run', 'the same with another policy'],
    ['feature-backups cleanup --all', 'every known project'],
  ],
  async run(invocation, console) {
    if (invocation.options.has('all')) return await cleanUpAll(invocation, console);
    const engine = { ports: console.ports, cwd: console.cwd, overrides: rulesOf(invocation.options) };
    const project = await openProject(invocation.project, engine);
    const plan = await planCleanUp(project, engine);
    printPlan(plan, console);
    if (invocation.options.has('dry-run')) printReasons(plan, console);
    if (invocation.options.has('dry-run') || (plan.remove.length === 0 && plan.compress.length === 0)) {
      if (console.json) console.printJson({ status: 'planned', ...planView(plan) });
      return EXIT.done;
    }
    const action = { ...confirmationFor(plan), path: project.storePath };
    // Compressing loses nothing, so it needs no confirmation.
    if (plan.remove.length > 0 && (await confirm(action, invocation, console)) === 'declined') return EXIT.refused;
    const { removed, compressed, problem, plan: carriedOut } = await cleanUp(project, engine);
    console.print(
      `Pruned ${countInWords(removed.length, 'backup')}, compressed ${countInWords(compressed.length, 'backup')}.\n`,
    );
    console.printJson(outcomeView({ removed, compressed, problem, plan: carriedOut }));
    if (problem === undefined) return EXIT.done;
    console.note(`Could not finish: ${visible(problem.message)}\n`);
    return EXIT.failed;
  },
};

/** Plans for all projects first, to ask only once. */
async function cleanUpAll(invocation: Invocation, console: Console): Promise<ExitCode> {
  const { options } = invocation;
  const all = { command: cleanupCommand, invocation, console, overrides: rulesOf(options) };
  const engine = { ports: console.ports };
  const plans: CleanUpPlan[] = [];
  const planned = await runOnEachProject(
    all,
    async (project) => {
      const plan = await planCleanUp(project, engine);
      plans.push(plan);
      return { exit: EXIT.done, text: planText(plan), document: { status: 'planned', ...planView(plan) } };
    },
    { isQuiet: options.has('yes') && !options.has('dry-run') },
  );
  const total = { remove: plans.flatMap(({ remove }) => remove), archive: plans.flatMap(({ archive }) => archive) };
  const isNothingToDo = total.remove.length === 0 && plans.every(({ compress }) => compress.length === 0);
  if (options.has('dry-run') || isNothingToDo) return reportRuns(planned, console);
  if (total.remove.length > 0) {
    if ((await confirm(confirmationFor(total), invocation, console)) === 'declined') return EXIT.refused;
  }
  const runs = await runOnEachProject(all, async (project) => {
    const outcome = await cleanUp(project, engine);
    const { problem } = outcome;
    const text = outcomeText(outcome) + (problem === undefined ? '' : `; ${visible(problem.message)}`);
    return { exit: problem === undefined ? EXIT.done : EXIT.failed, text, document: outcomeView(outcome) };
  });
  return reportRuns(runs, console);
}

function planText({ keep, remove, compress }: CleanUpPlan): string {
  const compressing = compress.length === 0 ? '' : `, ${String(compress.length)} to compress`;
  return `${countInWords(remove.length, 'backup')} to prune${compressing}; ${String(keep.length)} kept`;
}

function outcomeText({ removed, compressed }: CleanUpOutcome): string {
  return `pruned ${countInWords(removed.length, 'backup')}, compressed ${countInWords(compressed.length, 'backup')}`;
}

function outcomeView({ plan, removed, compressed, problem }: CleanUpOutcome) {
  return {
    status: 'removed',
    ...planView(plan),
    removed: removed.map(backupView),
    compressed: compressed.map(backupView),
    problem: problem === undefined ? null : errorDocument(problem).error,
  };
}

function confirmationFor({ remove, archive }: Pick<CleanUpPlan, 'remove' | 'archive'>) {
  const backups = countInWords(remove.length, 'backup');
  const lost = remove.length - archive.length;
  if (lost === 0) {
    return { question: `Archive ${backups} in the history?`, wouldDo: `archive ${backups} in the history` };
  }
  if (archive.length === 0) {
    return { question: `Delete ${backups}? This cannot be undone.`, wouldDo: `delete ${backups}` };
  }
  const split = `archive ${countInWords(archive.length, 'backup')} in the history and delete ${String(lost)} permanently`;
  return { question: `A${split.slice(1)}?`, wouldDo: split };
}

/** --keep replaces the whole policy: no backups are kept per hour, day or week. */
function rulesOf(options: Options) {
  const text = options.text('keep');
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text))
    return { retention: { keepLast: Number(text), keepHourly: 0, keepDaily: 0, keepWeekly: 0 } };
  throw wrongUsage(cleanupCommand, `--keep takes a whole number, not ${text}`);
}

function printPlan({ keep, remove, archive, compress }: CleanUpPlan, console: Console): void {
  if (remove.length === 0) {
    console.print(`Nothing to prune; ${countInWords(keep.length, 'backup')} kept.\n`);
  } else {
    printBackups(remove, console);
    const bytes = remove.reduce((sum, backup) => sum + backup.sizeBytes, 0);
    if (console.isTerminal) {
      const archived = `${String(archive.length)} of them archived in the history`;
      console.print(
        `${countInWords(remove.length, 'backup')} to prune, ${archived}, ${sizeInWords(bytes)}; ${String(keep.length)} kept.\n`,
      );
    }
  }
  if (compress.length > 0) console.note(`${countInWords(compress.length, 'old backup')} to compress.\n`);
  const pause = keep.flatMap(({ reasons }) => reasons).find((reason) => reason in PAUSE_NOTES);
  if (pause !== undefined) console.note(`${PAUSE_NOTES[pause] ?? ''}\n`);
}

/** Only on a terminal: elsewhere, the lines are the backups to prune, and --json has the reasons. */
function printReasons({ keep }: CleanUpPlan, console: Console): void {
  if (!console.isTerminal) return;
  printTable(
    console,
    [{ title: 'KEPT' }, { title: 'REASON' }],
    keep.map(({ backup, reasons }) => [visible(backup.id), reasons.map((reason) => REASON_TEXTS[reason]).join(', ')]),
  );
}

const REASON_TEXTS: Readonly<Record<KeepReason, string>> = {
  pinned: 'pinned',
  'newest-verified': 'the newest verified backup',
  last: 'one of the newest',
  hourly: 'hourly',
  daily: 'daily',
  weekly: 'weekly',
  emergency: 'one of the newest emergency backups',
  'metadata-unknown': 'its metadata is unreadable, so it may be pinned',
  'database-damaged': 'the live database is damaged',
  'database-shrunk': 'the live database has far fewer features',
  'database-gone': 'the live database is missing',
};

const PAUSE_NOTES: Partial<Readonly<Record<KeepReason, string>>> = {
  'database-damaged': 'The live database is damaged; nothing is pruned until it is restored.',
  'database-shrunk':
    'The live database has far fewer features than its backups; nothing is pruned until this is resolved.\nIf the loss was intentional, run feature-backups acknowledge.',
  'database-gone': 'The live database is missing; nothing is pruned until it is restored.',
};

function planView({ keep, remove, archive, compress }: CleanUpPlan) {
  return {
    keep: keep.map(({ backup, reasons }) => ({ id: backup.id, reasons })),
    remove: remove.map(backupView),
    fold: archive.map(({ id }) => id),
    compress: compress.map(({ id }) => id),
  };
}
