import { basename, dirname, sep } from 'node:path';
import type { KnownHealth, Ports, HealthProblem } from '../../core/engine.js';
import { healthState, worstFirst, type HealthState } from '../../core/health/index.js';
import { countInWords, sizeInWords, userHome, visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { printTable, type Column } from './table.js';
import { truncateStart, truncateEnd, widthOf } from './width.js';
import { codeWords } from './words.js';

/** The first cell of a row without a terminal. */
export type StateWord = HealthState | 'gone' | 'no database';

const TITLES = ['STATE', 'PROJECT', 'PASSING', 'BACKUP', 'DRILL', 'COPIES', 'PROBLEM', 'FOLDER'] as const;

/** The width of the table, and the limits of its columns. */
const TABLE_COLUMNS = 100;
const NAME_COLUMNS = 20;
const PROBLEM_COLUMNS = 24;
const MIN_FOLDER_COLUMNS = 12;

/** Every project on one screen, worst first, and a summary; without a terminal, one uncut line per project. */
export function printStatusTable(all: readonly KnownHealth[], console: Console): void {
  const sorted = all.toSorted(worstProjectFirst);
  const rows = sorted.map((one) => cellsOf(one, console.ports));
  printTable(console, columnsOf(console), fitFolders(rows), sorted.map(plainCellsOf));
  if (console.isTerminal) console.print(`\n${summaryOf(all, console)}\n`);
}

export function stateWordOf(one: KnownHealth): StateWord {
  const { known } = one;
  if (known.status === 'gone') return 'gone';
  if (known.status === 'no-database') return 'no database';
  return healthState(one);
}

/** The state words as people read them. */
export const STATE_LABELS: Readonly<Record<StateWord, string>> = {
  critical: 'critical',
  unknown: 'unknown',
  warning: 'warning',
  gone: 'missing',
  ok: 'ok',
  'no database': 'no database',
};

const RANK: Readonly<Record<StateWord, number>> = {
  critical: 0,
  unknown: 1,
  warning: 2,
  gone: 3,
  ok: 4,
  'no database': 5,
};

export function worstProjectFirst(one: KnownHealth, other: KnownHealth): number {
  const [a, b] = [one.problems[0], other.problems[0]];
  return (
    RANK[stateWordOf(one)] - RANK[stateWordOf(other)] ||
    (a !== undefined && b !== undefined ? worstFirst(a, b) : 0) ||
    one.known.name.localeCompare(other.known.name, 'en')
  );
}

function columnsOf({ colours }: Console): readonly Column[] {
  const paint = (cell: string): string => {
    const word = cell.trim();
    if (word === 'critical') return colours.red(cell);
    if (word === 'ok') return colours.green(cell);
    return word === 'no database' ? colours.dim(cell) : colours.yellow(cell);
  };
  return TITLES.map((title) => {
    if (title === 'STATE') return { title, paint };
    if (title === 'PROJECT') return { title, paint: colours.bold };
    if (title === 'FOLDER') return { title, paint: colours.dim };
    return title === 'PASSING' ? { title, align: 'right' } : { title };
  });
}

function cellsOf(one: KnownHealth, { now: clock, environment }: Ports): readonly string[] {
  const now = clock();
  const { known, summary, problems } = one;
  return [
    STATE_LABELS[stateWordOf(one)],
    truncateEnd(visible(known.name), NAME_COLUMNS),
    passing(one),
    shortAge(summary?.newest?.createdAt, now),
    shortAge(summary?.lastProven?.at, now),
    copies(one, now),
    truncateEnd(problemWords(problems), PROBLEM_COLUMNS),
    visible(abbreviateHome(placeOf(known), userHome(environment))),
  ];
}

/** The cells for programs: full times, all problems, full paths. */
function plainCellsOf(one: KnownHealth): readonly string[] {
  const { known, summary, problems } = one;
  return [
    stateWordOf(one),
    visible(known.name),
    passing(one),
    summary?.newest?.createdAt.toISOString() ?? '',
    summary?.lastProven?.at.toISOString() ?? '',
    (summary?.replication ?? []).map(({ name, lastOkAt }) => `${visible(name)}=${lastOkAt ?? ''}`).join(','),
    problems.map(({ code, subject }) => (subject === '' ? code : `${code}:${visible(subject)}`)).join(','),
    visible(known.root),
  ];
}

function passing({ summary }: KnownHealth): string {
  const counts = summary?.live?.counts ?? summary?.newest?.counts;
  if (counts?.total === undefined) return '';
  return `${String(counts.passing ?? '?')}/${String(counts.total)}`;
}

/** The first failing target, or the age of the oldest sync. */
function copies({ summary }: KnownHealth, now: Date): string {
  const targets = summary?.replication ?? [];
  if (targets.length === 0) return '';
  const failing = targets.find(({ problem }) => problem !== undefined);
  if (failing !== undefined) return `✗ ${truncateEnd(visible(failing.name), COPY_COLUMNS)}`;
  const times = targets.map(({ lastOkAt }) => (lastOkAt === undefined ? undefined : new Date(lastOkAt)));
  if (times.includes(undefined)) return 'never';
  return shortAge(new Date(Math.min(...times.map((at) => at?.getTime() ?? NaN))), now);
}

const COPY_COLUMNS = 8;

function problemWords(problems: readonly HealthProblem[]): string {
  const [worst] = problems;
  if (worst === undefined) return '';
  const more = problems.length > 1 ? ` +${String(problems.length - 1)}` : '';
  return codeWords(worst.code) + more;
}

const UNITS: readonly (readonly [limitSeconds: number, seconds: number, unit: string])[] = [
  [3600, 60, 'min'],
  [48 * 3600, 3600, 'h'],
  [86_400 * 100, 86_400, 'd'],
  [Infinity, 86_400 * 7, 'weeks'],
];

/** "3 h": a column of ages needs no "ago". */
function shortAge(then: Date | undefined, now: Date): string {
  if (then === undefined) return '';
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < -5) return 'future';
  if (seconds < 60) return 'now';
  const [, unitSeconds, unit] = UNITS.find(([limit]) => seconds < limit) ?? [0, 1, 's'];
  return `${String(Math.floor(seconds / unitSeconds))} ${unit}`;
}

/** The path without its last part if that is the project's name. */
function placeOf({ root, name }: KnownHealth['known']): string {
  return basename(root) === name ? dirname(root) : root;
}

function abbreviateHome(path: string, home: string | undefined): string {
  return home !== undefined && home !== '' && `${path}${sep}`.startsWith(home + sep)
    ? `~${path.slice(home.length)}`
    : path;
}

/** The folder gets the columns that are left; a long one is cut at the front, because the ends differ. */
function fitFolders(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const others = TITLES.slice(0, -1).map((title, index) => {
    const widest = Math.max(...rows.map((row) => widthOf(row[index] ?? '')));
    return widest === 0 ? 0 : Math.max(widest, title.length) + 2;
  });
  const left = TABLE_COLUMNS - others.reduce((sum, width) => sum + width, 0);
  const folderColumns = Math.max(MIN_FOLDER_COLUMNS, left);
  return rows.map((row) => [...row.slice(0, -1), truncateStart(row.at(-1) ?? '', folderColumns)]);
}

function summaryOf(all: readonly KnownHealth[], { colours }: Console): string {
  const number = (word: StateWord): number => all.filter((one) => stateWordOf(one) === word).length;
  const paint: Readonly<Record<StateWord, (text: string) => string>> = {
    critical: colours.red,
    unknown: colours.yellow,
    warning: colours.yellow,
    gone: colours.yellow,
    ok: colours.green,
    'no database': colours.dim,
  };
  const words = (Object.keys(RANK) as readonly StateWord[])
    .filter((word) => number(word) > 0)
    .map((word) =>
      paint[word](`${String(number(word))} ${word === 'no database' ? 'without a database' : STATE_LABELS[word]}`),
    );
  const backups = all.reduce((sum, { summary }) => sum + (summary?.backupCount ?? 0), 0);
  const bytes = all.reduce(
    (sum, { summary }) => sum + (summary?.totalSizeBytes ?? 0) + (summary?.history.sizeBytes ?? 0),
    0,
  );
  const totals = colours.dim(`${countInWords(backups, 'backup')}, ${sizeInWords(bytes)}`);
  return `${countInWords(all.length, 'project')}: ${words.join(', ')}; ${totals}`;
}
