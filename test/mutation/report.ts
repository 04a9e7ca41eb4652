import { EQUIVALENTS, type Equivalent } from './equivalents.js';
import type { Verdict } from './mutantRunner.js';
import type { Mutant } from './mutants.js';
import { roomOf } from './rooms.js';

/** The share of non-equivalent mutants that must be killed, in percent. */
export const MIN_SCORE = 95;

export interface TestedMutant {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** Whether it compiles; only checked for mutants that no test detected. */
  readonly compiles: boolean;
}

/** Prints the survivors and the table; the score in percent. */
export function report(tested: readonly TestedMutant[]): number {
  for (const { mutant, verdict } of tested.filter(isSurvivor)) console.log(describeSurvivor(mutant, verdict));
  const rooms = [...new Set(tested.map(({ mutant }) => roomOf(mutant.file) ?? ''))];
  const rows = rooms.map((room) => ({ room, part: tested.filter(({ mutant }) => roomOf(mutant.file) === room) }));
  if (rows.length > 1) rows.push({ room: 'all', part: [...tested] });
  console.log(`\n${row(['room', 'mutants', 'killed', 'survived', 'equivalent', 'do not compile', 'score'])}`);
  for (const { room, part } of rows) console.log(row([room, ...scoreColumns(part)]));
  return scoreOf(tested);
}

/** The entries of the list that no longer match a mutant of these files. */
export function staleEquivalents(mutants: readonly Mutant[]): readonly Equivalent[] {
  const files = new Set(mutants.map(({ file }) => file));
  return EQUIVALENTS.filter((entry) => files.has(entry.file) && !mutants.some((mutant) => isSame(entry, mutant)));
}

export function isEquivalent(mutant: Mutant): boolean {
  return EQUIVALENTS.some((entry) => isSame(entry, mutant));
}

function isSame(entry: Equivalent, mutant: Mutant): boolean {
  return (
    entry.file === mutant.file &&
    entry.line === mutant.lineText &&
    entry.original === mutant.original &&
    entry.replacement === mutant.replacement
  );
}

function isSurvivor({ mutant, verdict, compiles }: TestedMutant): boolean {
  return verdict.status !== 'killed' && compiles && !isEquivalent(mutant);
}

function scoreOf(tested: readonly TestedMutant[]): number {
  const killed = tested.filter(({ verdict }) => verdict.status === 'killed').length;
  const survived = tested.filter(isSurvivor).length;
  return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

function scoreColumns(tested: readonly TestedMutant[]): readonly string[] {
  const alive = tested.filter(({ verdict }) => verdict.status !== 'killed');
  const counts = [
    tested.length,
    tested.length - alive.length,
    tested.filter(isSurvivor).length,
    alive.filter(({ mutant }) => isEquivalent(mutant)).length,
    alive.filter(({ mutant, compiles }) => !compiles && !isEquivalent(mutant)).length,
  ];
  return [...counts.map(String), `${(Math.floor(scoreOf(tested) * 10) / 10).toFixed(1)} %`];
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(12) : cell.padStart(15))).join('');
}

function describeSurvivor({ file, line, kind, lineText, original, replacement }: Mutant, verdict: Verdict): string {
  const tests = verdict.status === 'survived' ? `${verdict.ran} of ${verdict.reachedBy} tests ran` : 'not reached';
  return [
    `\n${file}:${line} ${kind} (${tests})`,
    `  in ${lineText}`,
    `  - ${oneLine(original)}`,
    `  + ${oneLine(replacement)}`,
  ].join('\n');
}

function oneLine(code: string): string {
  const line = code.replaceAll(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 160)} …` : line;
}
