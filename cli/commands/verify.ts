import { listBackups, openProject, verify, verifyHistory } from '../../core/engine.js';
import type { HistoryVerification, Project, VerifyOutcome } from '../../core/engine.js';
import { EXIT, exitCodeOf, visible, type ExitCode } from '../../core/system/index.js';
import { ALL_OPTION, type Command } from '../command.js';
import { runOnAll } from '../allProjects.js';
import type { Console } from '../console.js';
import { errorDocument } from '../printing/errors.js';
import { count } from '../printing/words.js';
import { backupView } from '../views.js';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'check that backups are whole: their checksum, and SQLite’s own full check',
  arguments: '[project | --all] [<backup>]',
  description:
    'Without a backup, all of them, and every state of the history; backups that do not verify are then moved into\n' +
    'the store’s quarantine, where they stay and count for nothing. The exit code is 3 when one does not verify. Of an emergency backup of a damaged database it\n' +
    'is proved that it still is what was saved; in a pipe its line begins with kept, not ok.',
  options: {
    ...ALL_OPTION,
    'no-quarantine': { type: 'boolean', description: 'leave what does not verify where it is, and only tell' },
  },
  selectors: { least: 0, most: 1 },
  examples: [
    ['feature-backups verify', 'every backup of the project'],
    ['feature-backups verify latest', 'only the newest one; it stays where it is'],
    ['feature-backups verify --all', 'every backup of every known project'],
  ],
  async run(invocation, console) {
    const { project: named, options } = invocation;
    const [selector] = invocation.selectors;
    const quarantine = selector === undefined && !options.has('no-quarantine');
    const engine = { ports: console.ports, cwd: console.cwd, quarantine };
    if (options.has('all')) {
      return await runOnAll({ command: verifyCommand, invocation, console }, async (found) => {
        const verified = await verify(found, selector, engine);
        const history = await historyOf(found, selector, console);
        const text = [lineOf(verified), ...(history?.problems ?? []).map(({ message }) => visible(message))].join(' ');
        return { exit: exitCodeFor(verified, history), text, document: outcomesView(verified, history) };
      });
    }
    const project = await openProject(named, { ports: console.ports, cwd: console.cwd });
    const outcomes = await verify(project, selector, engine);
    const history = await historyOf(project, selector, console);
    console.printJson(outcomesView(outcomes, history));
    for (const outcome of outcomes) printOutcome(outcome, console);
    if (history !== undefined) printHistory(history, console);
    if (outcomes.length === 0) console.note('There are no backups to verify.\n');
    if (console.isTerminal && outcomes.length > 1) console.print(`${summaryOf(outcomes)}\n`);
    await tellOfQuarantine(outcomes, project, console);
    return exitCodeFor(outcomes, history);
  },
};

/** Undefined where one backup was named. */
async function historyOf(
  project: Project,
  selector: string | undefined,
  { ports }: Console,
): Promise<HistoryVerification | undefined> {
  return selector === undefined ? await verifyHistory(project, { ports }) : undefined;
}

/** What could not be read is a failure; that something is damaged is worse. */
function exitCodeFor(outcomes: readonly VerifyOutcome[], history: HistoryVerification | undefined): ExitCode {
  const problems = history?.problems ?? [];
  const isDamaged = outcomes.some(({ ok, notExamined }) => !ok && notExamined === undefined);
  if (isDamaged || problems.some(({ code }) => code === 'backup-damaged')) return EXIT.damaged;
  const unread = outcomes.find(({ notExamined }) => notExamined !== undefined)?.notExamined ?? problems[0];
  return unread === undefined ? EXIT.done : exitCodeOf(unread);
}

/** Nothing where there is none. */
function printHistory({ stateCount, problems }: HistoryVerification, { isTerminal, colours, print }: Console): void {
  if (!isTerminal) {
    const lines = problems.map((problem) => ['damaged', visible(problem.path ?? ''), visible(problem.message)]);
    if (stateCount > 0 && lines.length === 0) lines.push(['ok', 'history', count(stateCount, 'state')]);
    for (const line of lines) print(`${line.join('\t')}\n`);
    return;
  }
  for (const { message } of problems) print(`${colours.red('✗')} ${visible(message)}\n`);
  if (stateCount > 0 && problems.length === 0) {
    print(`${colours.green('✓')} the history: ${count(stateCount, 'state')}\n`);
  }
}

async function tellOfQuarantine(
  outcomes: readonly VerifyOutcome[],
  project: Project,
  { ports, colours, note }: Console,
): Promise<void> {
  const moved = outcomes.filter(({ quarantined }) => quarantined !== undefined);
  if (moved.length === 0) return;
  note(
    `${count(moved.length, 'backup')} moved into the quarantine, with all files; nothing was deleted. ` +
      'feature-backups list --quarantine shows them.\n',
  );
  const { newest } = await listBackups(project, { ports });
  if (newest !== undefined) return;
  note(
    `${colours.red('No backup is left in the catalog.')} feature-backups backup makes one of the database as it is.\n`,
  );
}

function summaryOf(outcomes: readonly VerifyOutcome[]): string {
  const bad = outcomes.filter(({ ok }) => !ok).length;
  const unread = outcomes.filter(({ notExamined }) => notExamined !== undefined).length;
  if (unread > 0) return `${count(unread, 'backup')} could not be read; ${String(bad - unread)} did not verify.`;
  if (bad > 0) return `${count(bad, 'backup')} of ${String(outcomes.length)} did not verify.`;
  const kept = outcomes.filter(({ holdsDamage }) => holdsDamage).length;
  if (kept === 0 && outcomes.length === 1) return '1 backup verified.';
  if (kept === 0) return `All ${count(outcomes.length, 'backup')} verified.`;
  return `${count(outcomes.length - kept, 'backup')} verified; ${String(kept)} kept as damaged as the live database was.`;
}

/** One project among many. */
function lineOf(outcomes: readonly VerifyOutcome[]): string {
  if (outcomes.length === 0) return 'no backups to verify';
  const bad = outcomes.filter(({ ok }) => !ok).map(({ backup }) => visible(backup.id));
  const moved = outcomes.filter(({ quarantined }) => quarantined !== undefined).length;
  const into = moved === 0 ? '' : ` (${String(moved)} now in quarantine)`;
  return bad.length === 0 ? summaryOf(outcomes) : `${summaryOf(outcomes)} ${bad.join(', ')}${into}`;
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

function outcomeView({ backup, ok, problems, holdsDamage, notExamined, quarantined }: VerifyOutcome) {
  return {
    ...backupView(backup),
    ok,
    holdsDamage: holdsDamage === true,
    isRead: notExamined === undefined,
    problems,
    quarantined: quarantined?.path ?? null,
  };
}

function printOutcome(outcome: VerifyOutcome, console: Console): void {
  const { isTerminal, colours, print } = console;
  const { backup, ok, problems, holdsDamage, notExamined, quarantineProblem } = outcome;
  if (quarantineProblem !== undefined) {
    console.note(
      `${visible(backup.id)} could not be moved into the quarantine: ${visible(quarantineProblem.message)}\n`,
    );
  }
  if (!isTerminal) {
    print(
      `${notExamined ? 'unread' : !ok ? 'damaged' : holdsDamage ? 'kept' : 'ok'}\t${visible(backup.id)}\t${problems.map(visible).join('; ')}\n`,
    );
    return;
  }
  const mark = !ok ? colours.red('✗') : holdsDamage ? colours.yellow('!') : colours.green('✓');
  const note = ok && holdsDamage ? '  the damaged live database, kept as it was' : '';
  print(`${mark} ${visible(backup.id)}${note}\n`);
  for (const problem of problems) print(`    ${visible(problem)}\n`);
}
