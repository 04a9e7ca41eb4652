import { cleanUp, openProject, planCleanUp } from '../../core/engine.js';
import type { KeepReason, RetentionPlan } from '../../core/engine.js';
import { CONSENT_OPTIONS, type Command, type Options } from '../command.js';
import { consentTo } from '../consent.js';
import type { Console } from '../console.js';
import { EXIT } from '../exitCodes.js';
import { wrongUsage } from '../parseInvocation.js';
import { printBackups } from '../printing/backups.js';
import { errorDocument } from '../printing/errors.js';
import { visible } from '../printing/escape.js';
import { count, size } from '../printing/words.js';
import { backupView } from '../views.js';

export const cleanupCommand: Command = {
  name: 'cleanup',
  summary: 'remove the backups that the retention rules do not keep',
  arguments: '[project] [--keep N]',
  description:
    'Pinned backups and the newest that verified always stay; and all of them stay while the live database is damaged,\n' +
    'has suddenly shrunk, or is gone. Every new backup cleans up as well: this is for when you do not want to wait.',
  options: {
    keep: { type: 'string', value: 'N', description: 'keep the newest N states instead of what is configured' },
    ...CONSENT_OPTIONS,
  },
  selectors: { least: 0, most: 0 },
  examples: [
    ['feature-backups cleanup --dry-run', 'what would go, and why the others stay'],
    ['feature-backups cleanup --keep 50 --dry-run', 'the same with another rule'],
  ],
  async run(invocation, console) {
    const engine = { ports: console.ports, cwd: console.cwd, overrides: rulesOf(invocation.options) };
    const project = await openProject(invocation.project, engine);
    const plan = await planCleanUp(project, engine);
    printPlan(plan, console);
    if (invocation.options.has('dry-run')) printReasons(plan, console);
    if (invocation.options.has('dry-run') || plan.remove.length === 0) {
      console.printJson({ status: 'planned', ...planView(plan) });
      return EXIT.done;
    }
    const backups = count(plan.remove.length, 'backup');
    const act = {
      question: `Remove ${backups}? They cannot be brought back.`,
      wouldDo: `remove ${backups}`,
      path: project.storePath,
    };
    if ((await consentTo(act, invocation, console)) === 'declined') return EXIT.refused;
    const { removed, problem, plan: carriedOut } = await cleanUp(project, engine);
    console.print(`Removed ${count(removed.length, 'backup')}.\n`);
    console.printJson({
      status: 'removed',
      ...planView(carriedOut),
      removed: removed.map(backupView),
      problem: problem === undefined ? null : errorDocument(problem).error,
    });
    if (problem === undefined) return EXIT.done;
    console.note(`Some could not be removed: ${visible(problem.message)}\n`);
    return EXIT.failed;
  },
};

/** A number alone means that number: no others for their hour, day or week. */
function rulesOf(options: Options) {
  const text = options.text('keep');
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text))
    return { retention: { keepLast: Number(text), keepHourly: 0, keepDaily: 0, keepWeekly: 0 } };
  throw wrongUsage(cleanupCommand, `--keep takes a whole number, not ${text}`);
}

function printPlan({ keep, remove }: RetentionPlan, console: Console): void {
  if (remove.length === 0) {
    console.print(`Nothing to remove; ${stay(keep.length, count(keep.length, 'backup'))}.\n`);
  } else {
    printBackups(remove, console);
    const bytes = remove.reduce((sum, backup) => sum + backup.sizeBytes, 0);
    if (console.isTerminal) {
      console.print(`${count(remove.length, 'backup')} to remove, ${size(bytes)}; ${stay(keep.length)}.\n`);
    }
  }
  const standstill = keep.flatMap(({ reasons }) => reasons).find((reason) => reason in STANDSTILL);
  if (standstill !== undefined) console.note(`${STANDSTILL[standstill] ?? ''}\n`);
}

function stay(number: number, words = String(number)): string {
  return `${words} ${number === 1 ? 'stays' : 'stay'}`;
}

/** For people: in a pipe the lines are what would be removed, and --json has the reasons. */
function printReasons({ keep }: RetentionPlan, { isTerminal, printTable }: Console): void {
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
  'database-damaged': 'the live database is damaged',
  'database-shrunk': 'the live database has shrunk',
  'database-gone': 'the live database is gone',
};

const STANDSTILL: Partial<Readonly<Record<KeepReason, string>>> = {
  'database-damaged': 'The live database is damaged: until that is mended, every backup stays.',
  'database-shrunk': 'The live database has far fewer features than before: until that is settled, every backup stays.',
  'database-gone': 'The live database is gone: until it is back, every backup stays.',
};

function planView({ keep, remove }: RetentionPlan) {
  return {
    keep: keep.map(({ backup, reasons }) => ({ id: backup.id, reasons })),
    remove: remove.map(backupView),
  };
}
