export interface JsonEdit {
  readonly path: readonly string[];
  /** Undefined removes it. */
  readonly value: unknown;
}

/** Sets or removes values without changing any other byte. */
export async function editJson(text: string, edits: readonly JsonEdit[]): Promise<string> {
  const { modify, applyEdits } = await import('jsonc-parser');
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.includes('\t'),
    tabSize: indent.includes('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  let result = text;
  for (const { path, value } of edits) {
    result = applyEdits(result, modify(result, [...path], value, { formattingOptions }));
  }
  return result;
}
