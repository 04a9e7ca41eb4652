/** The difference of two texts as `diff -u` shows it; empty where there is none. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return '';
  const changes = lineChanges(linesOf(before ?? ''), linesOf(after ?? ''));
  const hunks = hunksOf(changes);
  const name = path.replaceAll('\\', '/');
  const header = [
    `--- ${before === undefined ? '/dev/null' : `a/${name}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${name}`}`,
  ];
  return [
    ...header,
    ...hunks.flatMap((hunk) => [headerOf(hunk), ...hunk.map(({ mark, line }) => mark + line)]),
    '',
  ].join('\n');
}

interface Change {
  readonly mark: ' ' | '-' | '+';
  readonly line: string;
  /** Numbers of this line, or of the one that would follow, from 1. */
  readonly oldLine: number;
  readonly newLine: number;
}

/** By the longest common subsequence of what is left between an equal beginning and an equal end. */
function lineChanges(before: readonly string[], after: readonly string[]): readonly Change[] {
  const start = commonStart(before, after);
  const end = Math.min(
    commonStart(before.toReversed(), after.toReversed()),
    Math.min(before.length, after.length) - start,
  );
  const lengths = commonLengths(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const changes: Change[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    const [mark, line] = next(one, other);
    changes.push({ mark, line, oldLine: one + 1, newLine: other + 1 });
    if (mark !== '+') one++;
    if (mark !== '-') other++;
  }
  return changes;

  function next(row: number, column: number): readonly [Change['mark'], string] {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) return [' ', old];
    const without = lengths[row - start + 1]?.[column - start] ?? 0;
    const withoutFresh = lengths[row - start]?.[column - start + 1] ?? 0;
    if (old !== undefined && (fresh === undefined || column >= after.length - end || without >= withoutFresh)) {
      if (row < before.length - end) return ['-', old];
    }
    return ['+', fresh ?? ''];
  }
}

function commonStart(one: readonly string[], other: readonly string[]): number {
  const end = one.findIndex((line, index) => line !== other[index]);
  return end === -1 ? Math.min(one.length, other.length) : end;
}

function commonLengths(one: readonly string[], other: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let row = one.length - 1; row >= 0; row--) {
    for (let column = other.length - 1; column >= 0; column--) {
      const current = table[row];
      if (current === undefined) continue;
      current[column] =
        one[row] === other[column]
          ? 1 + (table[row + 1]?.[column + 1] ?? 0)
          : Math.max(table[row + 1]?.[column] ?? 0, current[column + 1] ?? 0);
    }
  }
  return table;
}

const CONTEXT_LINES = 3;

function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  let last = -1;
  for (const [index, change] of changes.entries()) {
    const isNear = changes
      .slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
      .some(({ mark }) => mark !== ' ');
    if (!isNear) continue;
    if (last !== index - 1 || hunks.length === 0) hunks.push([]);
    hunks.at(-1)?.push(change);
    last = index;
  }
  return hunks;
}

function headerOf(hunk: readonly Change[]): string {
  const [first] = hunk;
  const olds = hunk.filter(({ mark }) => mark !== '+').length;
  const news = hunk.filter(({ mark }) => mark !== '-').length;
  // Of no lines at all, diff names the line before.
  const oldStart = (first?.oldLine ?? 1) - (olds === 0 ? 1 : 0);
  const newStart = (first?.newLine ?? 1) - (news === 0 ? 1 : 0);
  return `@@ -${oldStart},${olds} +${newStart},${news} @@`;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  else if (lines.length > 0) lines.push('\\ No newline at end of file');
  return lines;
}
