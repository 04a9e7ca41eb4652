import { listBackups, openProject, verify, verifyHistory } from '../../core/engine.js';
import type { HistoryVerification, Project, VerifyOutcome } from '../../core/engine.js';
import { countInWords, EXIT, exitCodeOf, visible, type ExitCode } from '../../core/system/index.js';
import { ALL_OPTION, type Command } from '../command.js';
import { runOnAllProjects } from '../allProjects.js';
import type { Console } from '../console.js';
import { errorDocument } from '../printing/errors.js';
import { backupView } from '../views.js';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'verify backups by checksum and SQLite integrity check',
  arguments: '[project | --all] [<backup>]',
  description: 'Verify one backup, or all backups and the history, by checksum and SQLite integrity check.',
  output:
    'One line per backup, tab-separated: ok, damaged, unread, or kept (an intact copy of a damaged database); name; problems.',
  exitCodes: '3 a backup is damaged',
  options: {
    ...ALL_OPTION,
    'no-quarantine': { type: 'boolean', description: 'leave damaged backups where they are' },
  },
  selectors: { minArguments: 0, maxArguments: 1 },
  examples: [
    ['feature-backups verify', 'every backup; damaged ones are quarantined'],
    ['feature-backups verify latest', 'only the newest; it is not quarantined'],
    ['feature-backups verify --all', 'every backup of every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const [selector] = invocation.selectors;
    const quarantine = selector === undefined && !options.has('no-quarantine');
    const engine = { ports: console.ports, cwd: console.cwd, quarantine };
    if (options.has('all')) {
      return await runOnAllProjects({ command: verifyCommand, invocation, console }, async (found) => {
        const verified = await verify(found, selector, engine);
        const history = await historyOf(found, selector, console);
        const text = [lineOf(verified), ...(history?.problems ?? []).map(({ message }) => visible(message))].join(' ');
        return { exit: exitCodeFor(verified, history), text, document: outcomesView(verified, history) };
      });
    }
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd, includeDeleted: true });
    const outcomes = await verify(project, selector, engine);
    const history = await historyOf(project, selector, console);
    console.printJson(outcomesView(outcomes, history));
    for (const outcome of outcomes) printOutcome(outcome, console);
    if (history !== undefined) printHistory(history, console);
    if (outcomes.length === 0) console.note('No backups to verify.\n');
    if (console.isTerminal && outcomes.length > 1) console.print(`${summaryOf(outcomes)}\n`);
    await printQuarantined(outcomes, project, console);
    return exitCodeFor(outcomes, history);
  },
};

/** Undefined if one backup was named. */
async function historyOf(
  project: Project,
  selector: string | undefined,
  { ports }: Console,
): Promise<HistoryVerification | undefined> {
  return selector === undefined ? await verifyHistory(project, { ports }) : undefined;
}

/** Damage is worse than a backup that could not be read. */
function exitCodeFor(outcomes: readonly VerifyOutcome[], history: HistoryVerification | undefined): ExitCode {
  const problems = history?.problems ?? [];
  const isDamaged = outcomes.some(({ ok, readError }) => !ok && readError === undefined);
  if (isDamaged || problems.some(({ code }) => code === 'backup-damaged')) return EXIT.damaged;
  const unread = outcomes.find(({ readError }) => readError !== undefined)?.readError ?? problems[0];
  return unread === undefined ? EXIT.done : exitCodeOf(unread);
}

/** Prints nothing without a history. */
function printHistory({ stateCount, problems }: HistoryVerification, { isTerminal, colours, print }: Console): void {
  if (!isTerminal) {
    const lines = problems.map((problem) => ['damaged', visible(problem.path ?? ''), visible(problem.message)]);
    if (stateCount > 0 && lines.length === 0) lines.push(['ok', 'history', countInWords(stateCount, 'state')]);
    for (const line of lines) print(`${line.join('\t')}\n`);
    return;
  }
  for (const { message } of problems) print(`${colours.red('✗')} ${visible(message)}\n`);
  if (stateCount > 0 && problems.length === 0) {
    print(`${colours.green('✓')} history: ${countInWords(stateCount, 'state')}\n`);
  }
}

async function printQuarantined(
  outcomes: readonly VerifyOutcome[],
  project: Project,
  { ports, colours, note }: Console,
): Promise<void> {
  const moved = outcomes.filter(({ quarantined }) => quarantined !== undefined);
  if (moved.length === 0) return;
  note(
    `Quarantined ${countInWords(moved.length, 'damaged backup')}; nothing was deleted. See feature-backups list --quarantine.\n`,
  );
  const { newest } = await listBackups(project, { ports });
  if (newest !== undefined) return;
  note(`${colours.red('No backups are left.')} Run feature-backups backup to back up the current database.\n`);
}

function summaryOf(outcomes: readonly VerifyOutcome[]): string {
  const bad = outcomes.filter(({ ok }) => !ok).length;
  const unread = outcomes.filter(({ readError }) => readError !== undefined).length;
  if (unread > 0) return `${countInWords(unread, 'unreadable backup')}; ${String(bad - unread)} damaged.`;
  if (bad > 0) return `${String(bad)} of ${countInWords(outcomes.length, 'backup')} damaged.`;
  const copyCount = outcomes.filter(({ isCopyOfDamaged }) => isCopyOfDamaged).length;
  if (copyCount === 0 && outcomes.length === 1) return '1 backup verified.';
  if (copyCount === 0) return `All ${countInWords(outcomes.length, 'backup')} verified.`;
  return `${countInWords(outcomes.length - copyCount, 'backup')} verified; ${countInWords(copyCount, 'intact copy', 'intact copies')} of a damaged database.`;
}

/** One line for `--all`. */
function lineOf(outcomes: readonly VerifyOutcome[]): string {
  if (outcomes.length === 0) return 'no backups to verify';
  const bad = outcomes.filter(({ ok }) => !ok).map(({ backup }) => visible(backup.id));
  const moved = outcomes.filter(({ quarantined }) => quarantined !== undefined).length;
  const quarantined = moved === 0 ? '' : ` (${String(moved)} quarantined)`;
  return bad.length === 0 ? summaryOf(outcomes) : `${summaryOf(outcomes)} ${bad.join(', ')}${quarantined}`;
}

function outcomesView(outcomes: readonly VerifyOutcome[], history: HistoryVerification | undefined) {
  const problems = history?.problems ?? [];
  return {
    ok: outcomes.every(({ ok }) => ok) && problems.length === 0,
    backups: outcomes.map(outcomeView),
    history: history && {
      stateCount: history.stateCount,
      problems: problems.map((problem) => errorDocument(problem).error),
    },
  };
}

function outcomeView({ backup, ok, problems, isCopyOfDamaged, readError, quarantined }: VerifyOutcome) {
  return {
    ...backupView(backup),
    ok,
    holdsDamage: isCopyOfDamaged === true,
    isRead: readError === undefined,
    problems,
    quarantined: quarantined?.path ?? null,
  };
}

function printOutcome(outcome: VerifyOutcome, console: Console): void {
  const { isTerminal, colours, print } = console;
  const { backup, ok, problems, isCopyOfDamaged, readError, quarantineProblem } = outcome;
  if (quarantineProblem !== undefined) {
    console.note(`Could not quarantine ${visible(backup.id)}: ${visible(quarantineProblem.message)}\n`);
  }
  if (!isTerminal) {
    print(
      `${readError ? 'unread' : !ok ? 'damaged' : isCopyOfDamaged ? 'kept' : 'ok'}\t${visible(backup.id)}\t${problems.map(visible).join('; ')}\n`,
    );
    return;
  }
  const mark = !ok ? colours.red('✗') : isCopyOfDamaged ? colours.yellow('!') : colours.green('✓');
  const note = ok && isCopyOfDamaged ? '  intact copy of a damaged database' : '';
  print(`${mark} ${visible(backup.id)}${note}\n`);
  for (const problem of problems) print(`    ${visible(problem)}\n`);
}
