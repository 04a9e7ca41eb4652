import type { Backup, History, Project } from '../../core/engine.js';
import { countInWords, sizeInWords, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { backupView } from '../views.js';
import { printBackups } from './backups.js';
import { errorDocument } from './errors.js';
import { printTable } from './table.js';

const COLUMNS = [
  { title: 'DAY' },
  { title: 'STATES', align: 'right' },
  { title: 'FEATURES', align: 'right' },
  { title: 'PASSING', align: 'right' },
  { title: 'SIZE', align: 'right' },
] as const;

interface Day {
  /** Local: `2026-01-25`. */
  readonly day: string;
  /** Newest first. */
  readonly states: readonly Backup[];
}

/**
 * The history by day, newest first, or every state of one `day`. Without a terminal: day, states, features and passing at
 * its end, bytes.
 */
export function printHistory(history: History, project: Project, day: string | undefined, console: Console): void {
  const days = daysOf(history.states).filter((one) => day === undefined || one.day === day);
  const shown = days.flatMap(({ states }) => states);
  console.printJson({
    project: project.root,
    storePath: project.storePath,
    totalSizeBytes: history.sizeBytes,
    days: days.map(dayView),
    states: shown.map(backupView),
    problems: history.problems.map((problem) => errorDocument(problem).error),
  });
  if (day === undefined) printDays(days, console);
  else printBackups(shown, console);
  for (const problem of history.problems) console.note(`${visible(problem.message)}\n`);
  if (shown.length === 0) {
    console.note(`No states${day === undefined ? '' : ` of ${day}`} in the history of ${visible(project.root)}.\n`);
  } else if (console.isTerminal) {
    const where = `${countInWords(shown.length, 'state')}; the whole history takes ${sizeInWords(history.sizeBytes)}`;
    console.print(`${console.colours.dim(where)}\n`);
  }
}

function printDays(days: readonly Day[], console: Console): void {
  const cells = (one: Day, bytes: (amount: number) => string): readonly string[] => {
    const { day, stateCount, featureCount, passingCount, sizeBytes } = dayView(one);
    return [day, String(stateCount), String(featureCount ?? '?'), String(passingCount ?? '?'), bytes(sizeBytes)];
  };
  printTable(
    console,
    COLUMNS,
    days.map((day) => cells(day, sizeInWords)),
    days.map((day) => cells(day, String)),
  );
}

/** The counts are those at the end of the day. */
function dayView({ day, states }: Day) {
  const last = states[0];
  return {
    day,
    stateCount: states.length,
    featureCount: last?.counts.total ?? null,
    passingCount: last?.counts.passing ?? null,
    sizeBytes: states.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function daysOf(states: readonly Backup[]): readonly Day[] {
  const days = new Map<string, Backup[]>();
  for (const state of states) {
    const day = localDay(state.createdAt);
    const known = days.get(day);
    if (known === undefined) days.set(day, [state]);
    else known.push(state);
  }
  return [...days].map(([day, ofDay]) => ({ day, states: ofDay })).sort((one, other) => (one.day < other.day ? 1 : -1));
}

function localDay(at: Date): string {
  const part = (value: number, length = 2): string => String(value).padStart(length, '0');
  return `${part(at.getFullYear(), 4)}-${part(at.getMonth() + 1)}-${part(at.getDate())}`;
}
