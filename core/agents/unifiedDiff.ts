import { createTwoFilesPatch, OMIT_HEADERS } from 'diff';

/** The difference of two texts in the format of `diff -u`. Undefined is a missing file. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return '';
  const name = path.replaceAll('\\', '/');
  // Own headers, because the library escapes every non-ASCII letter in a path.
  const headers =
    `--- ${before === undefined ? '/dev/null' : `a/${name}`}\n` +
    `+++ ${after === undefined ? '/dev/null' : `b/${name}`}\n`;
  return headers + createTwoFilesPatch('', '', before ?? '', after ?? '', undefined, undefined, OPTIONS);
}

const OPTIONS = { context: 3, headerOptions: OMIT_HEADERS };
