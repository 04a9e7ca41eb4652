/**
 * The words of each command of a script, if the script consists of simple commands joined by `|`, `&&` or `||`.
 * Undefined for everything else: expansions, substitutions, redirections to files, loops, several lines. Discarding
 * output (`2>/dev/null`) or merging it (`2>&1`) is allowed.
 */
export function simpleCommands(script: string): readonly (readonly string[])[] | undefined {
  const commands: string[][] = [];
  let words: string[] = [];
  let rest = script.trim();
  if (rest.length > MAX_LENGTH) return undefined;
  while (rest !== '') {
    const operator = take(/^[ \t]*(?:\|\||&&|\|(?!&))[ \t]*/);
    if (operator !== undefined) {
      if (words.length === 0 || rest === '') return undefined;
      commands.push(words);
      words = [];
      continue;
    }
    if (take(/^[ \t]+/) !== undefined || take(HARMLESS_REDIRECTION) !== undefined) continue;
    const word = readWord();
    if (word === undefined) return undefined;
    words.push(word);
  }
  return words.length === 0 ? undefined : [...commands, words];

  function take(pattern: RegExp): string | undefined {
    const [text] = pattern.exec(rest) ?? [];
    if (text !== undefined) rest = rest.slice(text.length);
    return text;
  }

  /** Undefined if it is not a literal word or a glob. */
  function readWord(): string | undefined {
    let word: string | undefined;
    for (;;) {
      const part = take(PLAIN) ?? quoted();
      if (part === undefined) return word;
      word = (word ?? '') + part;
    }
  }

  function quoted(): string | undefined {
    const single = take(/^'[^'\n]*'/);
    if (single !== undefined) return single.slice(1, -1);
    const double = take(/^"(?:[^"\\$`\n]|\\[^\n])*"/);
    if (double !== undefined) return double.slice(1, -1).replace(/\\([$`"\\])/g, '$1');
    return take(/^\\[^\n]/)?.slice(1);
  }
}

/** Far longer than any realistic command that only reads. */
const MAX_LENGTH = 16 * 1024;

/** No character here has a meaning for a shell, except those of globs, braces, comments and `~`, which run nothing. */
const PLAIN = /^[^\s'"\\$`|&;()<>]+/;

const HARMLESS_REDIRECTION =
  /^(?:[12]?>>?[ \t]*\/dev\/null|&>[ \t]*\/dev\/null|[12]>&[12]|<[ \t]*\/dev\/null)(?=[ \t|&]|$)/;
