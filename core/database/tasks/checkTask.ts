import { BackupError } from '../../system/index.js';
import { isEngineFailure } from '../engineFailure.js';
import type { OpenImage } from '../openImage.js';
import type { CheckKind, CheckResult } from '../inspection.js';

export interface CheckOptions {
  /** Also report rows that reference missing rows. */
  readonly foreignKeys?: boolean;
}

export interface CheckInput extends CheckOptions {
  readonly kind: CheckKind;
}

export function checkTask(database: OpenImage, input: CheckInput): CheckResult {
  const { kind } = input;
  const problems = findProblems(database, kind);
  const result: CheckResult = { check: kind, ok: problems.length === 0, problems };
  if (!result.ok || input.foreignKeys !== true) return result;
  return { ...result, foreignKeyViolations: findForeignKeyViolations(database) };
}

const MAX_PROBLEMS = 8;
const MAX_PROBLEM_LENGTH = 300;
const MAX_VIOLATIONS = 20;

/**
 * Asks for one problem first: SQLite then stops at a damaged b-tree instead of reading its rows, which never ends if
 * pages form a cycle. Asks for more only if the b-trees are intact.
 */
function findProblems(database: OpenImage, kind: CheckKind): readonly string[] {
  try {
    const [first] = runPragma(database, kind, 1);
    if (first === undefined || first.structural) return first?.lines ?? [];
    return runPragma(database, kind, MAX_PROBLEMS).flatMap((problem) => problem.lines);
  } catch (error) {
    if (error instanceof BackupError || isEngineFailure(error)) throw error;
    return [error instanceof Error ? error.message : String(error)];
  }
}

interface ReportedProblem {
  readonly lines: readonly string[];
  readonly structural: boolean;
}

function runPragma(database: OpenImage, kind: CheckKind, limit: number): ReportedProblem[] {
  const results = [...database.rows(`PRAGMA ${kind}(${limit})`)].map(([text]) => String(text));
  return results.filter((text) => text !== 'ok').map(parseProblem);
}

/** SQLite reports problems of b-trees as several lines in one row, under a heading. */
function parseProblem(text: string): ReportedProblem {
  const lines = text.split('\n').filter((line) => line !== '');
  const structural = lines[0]?.startsWith('*** in database') === true;
  const shown = (structural ? lines.slice(1) : lines).slice(0, MAX_PROBLEMS);
  return { lines: shown.map((line) => line.slice(0, MAX_PROBLEM_LENGTH)), structural };
}

function findForeignKeyViolations(database: OpenImage): readonly string[] {
  const violations: string[] = [];
  try {
    for (const [table, rowid, parent] of database.rows('PRAGMA foreign_key_check')) {
      violations.push(`row ${String(rowid)} of ${String(table)} references a missing row of ${String(parent)}`);
      if (violations.length === MAX_VIOLATIONS) break;
    }
  } catch (error) {
    if (error instanceof BackupError || isEngineFailure(error)) throw error;
    violations.push(error instanceof Error ? error.message : String(error));
  }
  return violations;
}
