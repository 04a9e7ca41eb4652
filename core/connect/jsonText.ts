import {
  applyEdits,
  modify,
  parseTree,
  printParseErrorCode,
  getNodeValue,
  type JSONPath,
  type ParseError,
} from 'jsonc-parser';
import { BackupError } from '../errors.js';

/** A settings file's text with its value; edits keep comments, order and everything else that is not theirs. */
export interface JsonText {
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Throws `configuration` where it is no JSON object (comments and trailing commas are fine). */
export function parseJsonText(text: string, path: string): JsonText {
  const body = withoutMark(text);
  const errors: ParseError[] = [];
  const tree = body.trim() === '' ? undefined : parseTree(body, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const line = body.slice(0, error.offset).split('\n').length;
    throw unusable(path, `line ${line}: ${printParseErrorCode(error.error)}`);
  }
  const value: unknown = tree === undefined ? {} : getNodeValue(tree);
  if (!isRecord(value)) throw unusable(path, 'it does not hold a JSON object');
  return { text, value };
}

/** Sets (or with undefined removes) what stands at a path. */
export function setAt(text: string, path: JSONPath, value: unknown, isInsertion = false): string {
  const body = withoutMark(text);
  const source = body.trim() === '' ? '{}\n' : body;
  const edits = modify(source, path, value, { formattingOptions: formattingOf(body), isArrayInsertion: isInsertion });
  return text.slice(0, text.length - body.length) + applyEdits(source, edits);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function unusable(path: string, why: string): BackupError {
  return new BackupError(`${path} cannot be edited: ${why}`, {
    code: 'configuration',
    operation: 'read the agent’s settings',
    path,
    hint: 'Correct the file by hand, then run this again; it was left as it is.',
  });
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** As the file itself does it. */
function formattingOf(text: string) {
  const indentation = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indentation.includes('\t'),
    tabSize: indentation.includes('\t') ? 1 : indentation.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
