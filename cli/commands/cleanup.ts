import { cleanUp, openProject, planCleanUp } from '../../core/engine.js';
import type { CleanUpOutcome, CleanUpPlan, KeepReason } from '../../core/engine.js';
import { EXIT, visible, type ExitCode } from '../../core/system/index.js';
import { reportRuns, runOnEach } from '../allProjects.js';
import { ALL_OPTION, CONSENT_OPTIONS, type Command, type Invocation, type Options } from '../command.js';
import { consentTo } from '../consent.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { printBackups } from '../printing/backups.js';
import { errorDocument } from '../printing/errors.js';
import { count, size } from '../printing/words.js';
import { backupView } from '../views.js';

export const cleanupCommand: Command = {
  name: 'cleanup',
  summary: 'take out the backups that the retention rules do not keep, and compress old ones',
  arguments: '[project | --all] [--keep N]',
  description:
    'Pinned backups and the newest that verified always stay; and all of them stay while the live database is damaged,\n' +
    'has suddenly shrunk, or is gone. What is taken out goes into the history, where it can still be restored from. Every\n' +
    'new backup cleans up as well: this is for when you do not want to wait.',
  options: {
    keep: { type: 'string', value: 'N', description: 'keep the newest N states instead of what is configured' },
    ...ALL_OPTION,
    ...CONSENT_OPTIONS,
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups cleanup --dry-run', 'what would go, what would be compressed, and why the others stay'],
    ['feature-backups cleanup --keep 50 --dry-run', 'the same with another rule'],
    ['feature-backups cleanup --all --dry-run', 'what would go from every known project'],
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
    const act = { ...actOf(plan), path: project.storePath };
    // Compressing loses nothing.
    if (plan.remove.length > 0 && (await consentTo(act, invocation, console)) === 'declined') return EXIT.refused;
    const { removed, compressed, problem, plan: carriedOut } = await cleanUp(project, engine);
    console.print(`Removed ${count(removed.length, 'backup')}, compressed ${count(compressed.length, 'backup')}.\n`);
    console.printJson(outcomeView({ removed, compressed, problem, plan: carriedOut }));
    if (problem === undefined) return EXIT.done;
    console.note(`Not everything could be done: ${visible(problem.message)}\n`);
    return EXIT.failed;
  },
};

/** All plans first, and one question for all of them. */
async function cleanUpAll(invocation: Invocation, console: Console): Promise<ExitCode> {
  const { options } = invocation;
  const all = { command: cleanupCommand, invocation, console, overrides: rulesOf(options) };
  const engine = { ports: console.ports };
  const plans: CleanUpPlan[] = [];
  const planned = await runOnEach(
    all,
    async (project) => {
      const plan = await planCleanUp(project, engine);
      plans.push(plan);
      return { exit: EXIT.done, text: planText(plan), document: { status: 'planned', ...planView(plan) } };
    },
    { isQuiet: options.has('yes') && !options.has('dry-run') },
  );
  const total = { remove: plans.flatMap(({ remove }) => remove), fold: plans.flatMap(({ fold }) => fold) };
  const isNothing = total.remove.length === 0 && plans.every(({ compress }) => compress.length === 0);
  if (options.has('dry-run') || isNothing) return reportRuns(planned, console);
  if (total.remove.length > 0) {
    if ((await consentTo(actOf(total), invocation, console)) === 'declined') return EXIT.refused;
  }
  const runs = await runOnEach(all, async (project) => {
    const outcome = await cleanUp(project, engine);
    const { problem } = outcome;
    const text = outcomeText(outcome) + (problem === undefined ? '' : `; ${visible(problem.message)}`);
    return { exit: problem === undefined ? EXIT.done : EXIT.failed, text, document: outcomeView(outcome) };
  });
  return reportRuns(runs, console);
}

function planText({ keep, remove, compress }: CleanUpPlan): string {
  const compressing = compress.length === 0 ? '' : `, ${String(compress.length)} to compress`;
  return `${count(remove.length, 'backup')} to remove${compressing}; ${stay(keep.length)}`;
}

function outcomeText({ removed, compressed }: CleanUpOutcome): string {
  return `removed ${count(removed.length, 'backup')}, compressed ${count(compressed.length, 'backup')}`;
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

function actOf({ remove, fold }: Pick<CleanUpPlan, 'remove' | 'fold'>) {
  const backups = count(remove.length, 'backup');
  const lost = remove.length - fold.length;
  if (lost === 0) return { question: `Move ${backups} into the history?`, wouldDo: `move ${backups} into the history` };
  const folded = fold.length === 0 ? '' : `, of which ${String(fold.length)} go into the history`;
  const loss = fold.length === 0 ? 'They' : `The other ${String(lost)}`;
  return {
    question: `Remove ${backups}${folded}? ${loss} cannot be brought back.`,
    wouldDo: `remove ${backups}${folded}`,
  };
}

/** A number alone means that number: no others for their hour, day or week. */
function rulesOf(options: Options) {
  const text = options.text('keep');
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text))
    return { retention: { keepLast: Number(text), keepHourly: 0, keepDaily: 0, keepWeekly: 0 } };
  throw wrongUsage(cleanupCommand, `--keep takes a whole number, not ${text}`);
}

function printPlan({ keep, remove, fold, compress }: CleanUpPlan, console: Console): void {
  if (remove.length === 0) {
    console.print(`Nothing to remove; ${stay(keep.length, count(keep.length, 'backup'))}.\n`);
  } else {
    printBackups(remove, console);
    const bytes = remove.reduce((sum, backup) => sum + backup.sizeBytes, 0);
    if (console.isTerminal) {
      const folded = `${String(fold.length)} of them into the history`;
      console.print(`${count(remove.length, 'backup')} to remove, ${folded}, ${size(bytes)}; ${stay(keep.length)}.\n`);
    }
  }
  if (compress.length > 0) console.note(`${count(compress.length, 'old backup')} to compress.\n`);
  const standstill = keep.flatMap(({ reasons }) => reasons).find((reason) => reason in STANDSTILL);
  if (standstill !== undefined) console.note(`${STANDSTILL[standstill] ?? ''}\n`);
}

function stay(number: number, words = String(number)): string {
  return `${words} ${number === 1 ? 'stays' : 'stay'}`;
}

/** For people: in a pipe the lines are what would be removed, and --json has the reasons. */
function printReasons({ keep }: CleanUpPlan, { isTerminal, printTable }: Console): void {
  if (!isTerminal) return;
  printTable(
    [{ title: 'STAYS' }, { title: 'WHY' }],
    keep.map(({ backup, reasons }) => [visible(backup.id), reasons.map((reason) => WHY[reason]).join(', ')]),
  );
}

const WHY: Readonly<Record<KeepReason, string>> = {
  pinned: 'pinned',
  'newest-verified': 'the newest that verified',
  last: 'one of the newest states',
  hourly: 'of its hour',
  daily: 'of its day',
  weekly: 'of its week',
  emergency: 'one of the newest emergency backups',
  'metadata-unknown': 'its metadata cannot be read, so it may be pinned',
  'database-damaged': 'the live database is damaged',
  'database-shrunk': 'the live database has shrunk',
  'database-gone': 'the live database is gone',
};

const STANDSTILL: Partial<Readonly<Record<KeepReason, string>>> = {
  'database-damaged': 'The live database is damaged: until that is mended, every backup stays.',
  'database-shrunk':
    'The live database has far fewer features than before: until that is settled, every backup stays. If it is meant,\nfeature-backups acknowledge says so.',
  'database-gone': 'The live database is gone: until it is back, every backup stays.',
};

function planView({ keep, remove, fold, compress }: CleanUpPlan) {
  return {
    keep: keep.map(({ backup, reasons }) => ({ id: backup.id, reasons })),
    remove: remove.map(backupView),
    fold: fold.map(({ id }) => id),
    compress: compress.map(({ id }) => id),
  };
}
