import { createHash } from 'node:crypto';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import ts from 'typescript';

/** One change of one place of a source file. */
export interface Mutant {
  /** The id in the instrumented code; valid for one checkout. */
  readonly id: string;
  /** The key of its stored result; the same while the file does not change. */
  readonly key: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly kind: string;
  /** The trimmed text of the line in which it begins. */
  readonly lineText: string;
  readonly original: string;
  readonly replacement: string;
  /** Whether it runs while the module loads, outside every function. */
  readonly isAtLoad: boolean;
  readonly start: number;
  readonly end: number;
}

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** The sources with all their mutants, each behind a switch, and the list of mutants. */
export async function instrument(
  sources: readonly SourceFile[],
): Promise<{ readonly mutants: readonly Mutant[]; readonly instrumented: readonly SourceFile[] }> {
  const files = sources.map(({ file, text }) => ({ name: file, content: text, mutate: true }));
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const result = await new Instrumenter(SILENT).instrument(files, options);
  const texts = new Map(
    sources.map(({ file, text }) => [
      file,
      { text, hash: hashOf(text), lines: lineStarts(text), functions: functionsOf(file, text) },
    ]),
  );
  const counts = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const { id, fileName, location, mutatorName, replacement = '' } of result.mutants) {
    const source = texts.get(fileName);
    if (source === undefined) continue;
    const { text, hash, lines, functions } = source;
    const start = (lines[location.start.line] ?? 0) + location.start.column;
    const end = (lines[location.end.line] ?? 0) + location.end.column;
    const index = counts.get(fileName) ?? 0;
    counts.set(fileName, index + 1);
    const original = text.slice(start, end);
    if (isWords(mutatorName, original)) continue;
    mutants.push({
      id,
      key: `${fileName}:${hash}:${index}`,
      file: fileName,
      line: location.start.line + 1,
      kind: mutatorName,
      lineText: text.slice(lines[location.start.line], lines[location.start.line + 1]).trim(),
      original,
      replacement,
      isAtLoad: !functions.some((range) => range.start <= start && end <= range.end),
      start,
      end,
    });
  }
  return { mutants, instrumented: result.files.map(({ name, content }) => ({ file: name, text: content })) };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The function bodies and instance initialisers of a file. */
function functionsOf(file: string, text: string): readonly Range[] {
  const found: Range[] = [];
  const visit = (node: ts.Node): void => {
    const isLate = ts.isFunctionLike(node) || (ts.isPropertyDeclaration(node) && !isStatic(node));
    if (!isLate) ts.forEachChild(node, visit);
    else {
      // A function expression itself is evaluated while the module loads.
      const body = ts.isPropertyDeclaration(node) ? node.initializer : (node as ts.FunctionLikeDeclaration).body;
      for (const parameter of ts.isFunctionLike(node) ? node.parameters : []) found.push(rangeOf(parameter));
      if (body !== undefined) found.push(rangeOf(body));
    }
  };
  const rangeOf = (node: ts.Node): Range => ({ start: node.getStart(source), end: node.end });
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  visit(source);
  return found;
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

/** A string with a space is text for a person, and no test checks its wording. */
function isWords(kind: string, original: string): boolean {
  return kind === 'StringLiteral' && /\s/.test(original);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const match of text.matchAll(/\n/g)) starts.push(match.index + 1);
  return starts;
}

const nothing = (): void => undefined;
const isNot = (): boolean => false;
const SILENT = {
  isTraceEnabled: isNot,
  isDebugEnabled: isNot,
  isInfoEnabled: isNot,
  isWarnEnabled: isNot,
  isErrorEnabled: isNot,
  isFatalEnabled: isNot,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};
