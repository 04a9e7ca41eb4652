import {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  modify,
  parseTree,
  printParseErrorCode,
  getNodeValue,
  type JSONPath,
  type ParseError,
} from 'jsonc-parser';
import { BackupError, isRecord } from '../system/index.js';

/** A settings file's text and value. Edits preserve comments and order. */
export interface JsonText {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Throws `configuration` unless it is a JSON object; comments and trailing commas are allowed. */
export function parseJsonText(text: string, path: string): JsonText {
  const body = withoutByteOrderMark(text);
  const errors: ParseError[] = [];
  const tree = body.trim() === '' ? undefined : parseTree(body, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const line = body.slice(0, error.offset).split('\n').length;
    throw unusable(path, `line ${line}: ${printParseErrorCode(error.error)}`);
  }
  const value: unknown = tree === undefined ? {} : getNodeValue(tree);
  if (!isRecord(value)) throw unusable(path, 'it is not a JSON object');
  return { text, value };
}

/** Sets the value at a path; undefined removes it. */
export function setAt(text: string, path: JSONPath, value: unknown, isInsertion = false): string {
  const body = withoutByteOrderMark(text);
  const source = body.trim() === '' ? '{}\n' : body;
  const edits = modify(source, path, value, { formattingOptions: formattingOf(body), isArrayInsertion: isInsertion });
  return text.slice(0, text.length - body.length) + applyEdits(source, edits);
}

/**
 * Removes one element of a list and its comma, but keeps the comments around it, which jsonc-parser would remove.
 */
export function removeElement(text: string, path: JSONPath, index: number): string {
  const body = withoutByteOrderMark(text);
  const tree = parseTree(body, [], { allowTrailingComma: true });
  const elements = tree === undefined ? undefined : findNodeAtLocation(tree, path)?.children;
  const element = elements?.[index];
  if (element === undefined) return text;
  const end = element.offset + element.length;
  const previous = elements?.[index - 1];
  const following = commaAfter(body, end);
  const comma = following ?? (previous && commaAfter(body, previous.offset + previous.length));
  const ranges: readonly Range[] = [
    withBlanks(body, { start: element.offset, end: following === end ? end + 1 : end }),
    ...(comma === undefined || comma === end ? [] : [{ start: comma, end: comma + 1 }]),
  ];
  return text.slice(0, text.length - body.length) + withoutRanges(body, ranges);
}

export function unusable(path: string, reason: string): BackupError {
  return new BackupError(`${path} cannot be edited: ${reason}`, {
    code: 'configuration',
    operation: 'read the agent’s settings',
    path,
    hint: 'The file is unchanged. Correct it by hand, then try again.',
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The offset of the next comma, if only blanks and comments precede it. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  const next = scanner.getTokenOffset();
  return text[next] === ',' ? next : undefined;
}

/** Extends a range to the whole line if nothing else is on it, else to the following blanks. */
function withBlanks(text: string, { start, end }: Range): Range {
  const [indentation] = /\r?\n[ \t]*$/.exec(text.slice(0, start)) ?? [];
  const [blanks = ''] = /^[ \t]*/.exec(text.slice(end)) ?? [];
  const isAlone = indentation !== undefined && /^\r?\n/.test(text.slice(end + blanks.length));
  return { start: isAlone ? start - indentation.length : start, end: end + blanks.length };
}

function withoutRanges(text: string, ranges: readonly Range[]): string {
  return ranges
    .toSorted((one, other) => other.start - one.start)
    .reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The formatting that the file uses. */
function formattingOf(text: string) {
  const indentation = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indentation.includes('\t'),
    tabSize: indentation.includes('\t') ? 1 : indentation.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
